// Draws the pictures in build/icons: `node build/draw-icons.mjs`. The files are committed; run it
// again after a change here. One picture for each state of the tray, told apart by shape:
//
//   tray-STATE.png, @2x            middle grey, seen on light and dark panels; colour where it is urgent
//   tray-STATETemplate.png, @2x    black, coloured by macOS
//   outtray.png                    the program's icon, 512 px
//
// A drawing is a list of layers, each a test "is this point inside" on a grid of 16 by 16 with y
// down, and a colour. Edges are smoothed by asking at 8 by 8 points a pixel.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

const SAMPLES = 8;
const GREY = [0x80, 0x88, 0x92];
const BLUE = [0x2f, 0x7d, 0xe1];
const ORANGE = [0xe3, 0x5d, 0x0b];
const BLACK = [0, 0, 0];
const WHITE = [255, 255, 255];

// Shapes.
const polygon =
  (...points) =>
  (x, y) => {
    let inside = false;
    for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
      const [xi, yi] = points[i];
      const [xj, yj] = points[j];
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
    }
    return inside;
  };
const box = (left, top, right, bottom, radius) => (x, y) => {
  const dx = Math.max(left + radius - x, 0, x - (right - radius));
  const dy = Math.max(top + radius - y, 0, y - (bottom - radius));
  return Math.hypot(dx, dy) <= radius;
};
const line =
  (width, ...points) =>
  (x, y) =>
    points.slice(1).some(([x2, y2], i) => {
      const [x1, y1] = points[i];
      const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
      const t = Math.min(1, Math.max(0, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length));
      return Math.hypot(x - x1 - t * (x2 - x1), y - y1 - t * (y2 - y1)) <= width / 2;
    });
const either =
  (...shapes) =>
  (x, y) =>
    shapes.some((shape) => shape(x, y));
const both =
  (...shapes) =>
  (x, y) =>
    shapes.every((shape) => shape(x, y));
const not = (shape) => (x, y) => !shape(x, y);

// Parts.
const trayFront = both(
  box(1, 9, 15, 15, 1.5),
  not(polygon([4, 8], [12, 8], [12, 9.5], [10.75, 11.5], [5.25, 11.5], [4, 9.5])),
);
const trayOutline = either(
  both(box(1, 9, 15, 15, 1.5), not(box(2, 8, 14, 14, 0.6)), not(box(4, 8, 12, 10.5, 0))),
  line(1, [1.5, 9.5], [4.5, 9.5], [5.5, 11.5], [10.5, 11.5], [11.5, 9.5], [14.5, 9.5]),
);
const trayBack = line(1.2, [1.6, 9.8], [3.8, 3.6], [12.2, 3.6], [14.4, 9.8]);
const letter = both(box(3, 1, 13, 8, 1), not(line(1.15, [3, 1.4], [8, 5.4], [13, 1.4])));
const letterOutline = both(box(3, 1, 13, 8, 0.8), not(box(4, 2, 12, 7, 0)));
const slash = line(1.3, [1.2, 0.8], [14.8, 8.2]);
const aroundSlash = line(3.4, [1.2, 0.8], [14.8, 8.2]);
const arrow = either(polygon([8, 0], [13, 5], [3, 5]), box(6.5, 4, 9.5, 8, 0.3));
const bars = either(box(4.5, 1, 7, 8, 0.5), box(9, 1, 11.5, 8, 0.5));
const mark = either(polygon([6.5, 0], [9.5, 0], [9, 5], [7, 5]), box(6.75, 5.75, 9.25, 8.25, 1.2));

const STATES = {
  empty: [
    [trayFront, GREY],
    [trayBack, GREY],
  ],
  waiting: [
    [trayFront, GREY],
    [letter, GREY],
  ],
  offline: [
    [trayOutline, GREY],
    [both(letterOutline, not(aroundSlash)), GREY],
    [slash, GREY],
  ],
  sending: [
    [trayFront, GREY],
    [arrow, BLUE],
  ],
  paused: [
    [trayFront, GREY],
    [bars, GREY],
  ],
  attention: [
    [trayFront, GREY],
    [mark, ORANGE],
  ],
};

/** Smaller and towards the middle, as a program's icon wants it. */
const inset = (shape) => (x, y) => shape((x - 8) / 0.6 + 8, (y - 8) / 0.6 + 8);
const blend = (top, bottom) => (_x, y) => top.map((value, i) => Math.round(value + ((bottom[i] - value) * y) / 16));
const PROGRAM = [
  [box(0.75, 0.75, 15.25, 15.25, 3.4), blend([0x4f, 0x9b, 0xf5], [0x1c, 0x53, 0xb4])],
  [inset(arrow), WHITE],
  [inset(trayFront), WHITE],
];

/** RGBA rows, straight alpha. */
function paint(layers, size) {
  const pixels = Buffer.alloc(size * size * 4);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      let colour = [0, 0, 0];
      let alpha = 0;
      for (const [shape, fill] of layers) {
        const cover = coverage(shape, column, row, size);
        if (cover === 0) continue;
        const paintOf = typeof fill === 'function' ? fill((column * 16) / size, (row * 16) / size) : fill;
        const sum = cover + alpha * (1 - cover);
        colour = colour.map((value, i) => (paintOf[i] * cover + value * alpha * (1 - cover)) / sum);
        alpha = sum;
      }
      pixels.set([...colour.map(Math.round), Math.round(alpha * 255)], (row * size + column) * 4);
    }
  }
  return pixels;
}

function coverage(shape, column, row, size) {
  let hits = 0;
  for (let i = 0; i < SAMPLES * SAMPLES; i++) {
    const x = column + ((i % SAMPLES) + 0.5) / SAMPLES;
    const y = row + (Math.floor(i / SAMPLES) + 0.5) / SAMPLES;
    if (shape((x * 16) / size, (y * 16) / size)) hits++;
  }
  return hits / (SAMPLES * SAMPLES);
}

/** PNG (ISO/IEC 15948): 8 bits a channel, RGBA, no filter. */
function png(pixels, size) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const rows = Array.from({ length: size }, (_, row) => [
    Buffer.from([0]),
    pixels.subarray(row * size * 4, (row + 1) * size * 4),
  ]);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', zlib.deflateSync(Buffer.concat(rows.flat()), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(zlib.crc32(body), body.length + 4);
  return frame;
}

function write(name, layers, size) {
  fs.writeFileSync(path.join(import.meta.dirname, 'icons', name), png(paint(layers, size), size));
}

for (const [state, layers] of Object.entries(STATES)) {
  const template = layers.map(([shape]) => [shape, BLACK]);
  for (const [suffix, size] of [
    ['', 16],
    ['@2x', 32],
  ]) {
    write(`tray-${state}${suffix}.png`, layers, size);
    write(`tray-${state}Template${suffix}.png`, template, size);
  }
}
write('outtray.png', PROGRAM, 512);
