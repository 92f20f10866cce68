/**
 * What goes on paper is not what is on the screen: it is rendered just before, and taken away after.
 * @param {(isPrinted: boolean) => void} show  renders at once
 * @returns {() => void} stops
 */
export function watchPaper(show) {
  const before = () => show(true);
  const after = () => show(false);
  const media = matchMedia("print");
  const change = () => show(media.matches);
  addEventListener("beforeprint", before);
  addEventListener("afterprint", after);
  media.addEventListener("change", change);
  return () => {
    removeEventListener("beforeprint", before);
    removeEventListener("afterprint", after);
    media.removeEventListener("change", change);
  };
}
