const MAX_OBJECT = 512;
/** `{id}`, `:id`, `<int:id>`, `*`: how frameworks write what varies. */
const VARIES = /^(?:\{.*\}|:.+|<.+>|\*+)$/;

/** The ids of a path whose template the event brings itself, joined by `,`; `''` when the two do not match. */
export function objectOf(template: string, path: string): string {
  const names = template.split('/');
  const segments = path.split('/');
  if (names.length !== segments.length) return '';
  const objects = segments.filter((_, i) => VARIES.test(names[i] ?? ''));
  return objects.join(',').slice(0, MAX_OBJECT);
}
