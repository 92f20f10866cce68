// The frame tells its height; the page gives it that much room.
addEventListener("message", ({ data, source }) => {
  if (data?.type !== "logit-lab:height") return;
  for (const frame of document.querySelectorAll("iframe"))
    if (frame.contentWindow === source) frame.style.blockSize = `${data.height}px`;
});
