import type { Fields } from './adapter.ts';
import { isObject, numberOf } from './pick.ts';

const MAX_DEPTH = 4;

/** `AnyValue` of the OpenTelemetry protocol in JSON as a plain value; 64-bit integers come as text. */
export function plainValue(value: unknown, depth = 0): unknown {
  if (!isObject(value) || depth > MAX_DEPTH) return undefined;
  if (value.stringValue !== undefined) return value.stringValue;
  if (value.intValue !== undefined) return numberOf(value.intValue);
  if (value.doubleValue !== undefined) return numberOf(value.doubleValue);
  if (value.boolValue !== undefined) return value.boolValue;
  if (isObject(value.arrayValue) && Array.isArray(value.arrayValue.values)) {
    return value.arrayValue.values.map((each) => plainValue(each, depth + 1));
  }
  if (isObject(value.kvlistValue)) return plainObject(value.kvlistValue.values, depth + 1);
  return undefined;
}

/** A list of `KeyValue` as an object; keys that every object has stay out. */
export function plainObject(list: unknown, depth = 0): Fields {
  const object: Fields = {};
  if (!Array.isArray(list)) return object;
  for (const each of list) {
    if (isObject(each) && typeof each.key === 'string' && each.key !== '__proto__') {
      object[each.key] = plainValue(each.value, depth);
    }
  }
  return object;
}
