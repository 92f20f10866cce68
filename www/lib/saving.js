/** Whether the reader wants to download little. */
export function savesData() {
  const { connection } = /** @type {{ connection?: { saveData?: boolean } }} */ (navigator);
  return connection?.saveData === true || matchMedia("(prefers-reduced-data: reduce)").matches;
}
