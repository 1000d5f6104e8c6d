// Zoom and pan: which part of the picture is in the window, and how large.

function applyView() {
  const { x, y, scale } = picture.view;
  sheet.setAttribute(
    "transform",
    `translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${scale.toFixed(4)})`,
  );
  stage.classList.toggle("far", scale < FAR);
  showPicture();
}

/** The whole picture, if it can be read then; else at a legible size, around `item`. */
function fitPicture(least = 0, item = null) {
  const { x, y, w, h } = picture.scene;
  const whole = Math.min(stage.clientWidth / (w + 20), stage.clientHeight / (h + 20), 1.5);
  const scale = Math.max(whole, least);
  picture.view = {
    scale,
    x: stage.clientWidth / 2 - x * scale,
    y: stage.clientHeight / 2 - y * scale,
  };
  if (scale > whole && item) follow([item]);
  applyView();
}

/** Zoom by a factor, keeping the point (cx, cy) of the window where it is. */
function zoom(factor, cx = stage.clientWidth / 2, cy = stage.clientHeight / 2) {
  const { view } = picture;
  const scale = Math.max(0.01, Math.min(4, view.scale * factor));
  view.x = cx - ((cx - view.x) * scale) / view.scale;
  view.y = cy - ((cy - view.y) * scale) / view.scale;
  view.scale = scale;
  applyView();
}

/** Move just so far that these items are in the window, if they are not. */
function follow(items) {
  const { view } = picture;
  for (const [axis, extent, room] of [
    ["x", "w", stage.clientWidth],
    ["y", "h", stage.clientHeight],
  ]) {
    const low =
      Math.min(...items.map((item) => item[axis] - item[extent] / 2)) * view.scale + view[axis];
    const high =
      Math.max(...items.map((item) => item[axis] + item[extent] / 2)) * view.scale + view[axis];
    const margin = Math.min(60, room / 8);
    if (low >= 0 && high <= room) continue;
    if (high - low > room - 2 * margin) view[axis] += room / 2 - (low + high) / 2;
    else view[axis] += Math.max(0, margin - low) - Math.max(0, high - (room - margin));
  }
  applyView();
}

function listenToPointer() {
  stage.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const { left, top } = stage.getBoundingClientRect();
      zoom(
        Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)),
        event.clientX - left,
        event.clientY - top,
      );
    },
    { passive: false },
  );
  stage.addEventListener("pointermove", (event) => {
    if (!(event.buttons & 1)) return;
    picture.view.x += event.movementX;
    picture.view.y += event.movementY;
    applyView();
  });
}
