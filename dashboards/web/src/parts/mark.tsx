/** A pulse that rises to a line: behaviour against a budget. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
      <path class="mark-line" d="M2 6h20" />
      <path class="mark-pulse" d="M2 17h4l3-9 3.500 12 2.500-7 1.500 4H22" />
    </svg>
  );
}
