/** Baseline JPEG pictures, to luma (ITU-T T.81). The colour components are read past. */

export const isJpeg = (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8;

const ZIGZAG = [
  ...[
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21,
  ],
  ...[
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53,
    60, 61,
  ],
  ...[54, 47, 55, 62, 63],
];
/** COSINES[8 * frequency + place] */
const COSINES = Float64Array.from({length: 64}, (_, index) => {
  const [frequency, place] = [index >> 3, index & 7];
  return (frequency === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * place + 1) * frequency * Math.PI) / 16);
});

/** @returns {{width: number, height: number, luma: Uint8Array}} */
export function decodeJpeg(bytes) {
  const tables = {quantities: [], codes: new Map(), restart: 0};
  let frame;
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) throw new Error('cannot identify image file');
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    const data = bytes.subarray(at + 4, end);
    if (marker === 0xdb) readQuantities(data, tables);
    else if (marker === 0xc4) readCodes(data, tables);
    else if (marker === 0xdd) tables.restart = data.readUInt16BE(0);
    else if (marker === 0xc0 || marker === 0xc1) frame = readFrame(data);
    else if (marker >= 0xc2 && marker <= 0xcf && marker !== 0xc8 && marker !== 0xcc)
      throw new Error('only baseline JPEG');
    else if (marker === 0xda) return readScan(bytes.subarray(end), {data, frame, tables});
    at = end;
  }
  throw new Error('image file is truncated');
}

function readQuantities(data, {quantities}) {
  for (let at = 0; at < data.length;) {
    const [wide, id] = [data[at] >> 4, data[at] & 15];
    at += 1;
    quantities[id] = Array.from({length: 64}, (_, index) =>
      wide ? data.readUInt16BE(at + 2 * index) : data[at + index],
    );
    at += wide ? 128 : 64;
  }
}

/** Codes by their length and value, as one number. */
function readCodes(data, {codes}) {
  for (let at = 0; at < data.length;) {
    const table = new Map();
    let symbol = at + 17;
    let code = 0;
    for (let length = 1; length <= 16; length += 1) {
      for (let count = data[at + length]; count > 0; count -= 1)
        table.set((1 << length) | code++, data[symbol++]);
      code <<= 1;
    }
    codes.set(data[at], table);
    at = symbol;
  }
}

function readFrame(data) {
  const components = Array.from({length: data[5]}, (_, index) => {
    const [id, sampling, table] = data.subarray(6 + 3 * index);
    return {id, across: sampling >> 4, down: sampling & 15, table};
  });
  return {height: data.readUInt16BE(1), width: data.readUInt16BE(3), components};
}

function readScan(bytes, {data, frame, tables}) {
  const {width, height, components} = frame;
  for (let index = 0; index < data[0]; index += 1) {
    const component = components.find(({id}) => id === data[1 + 2 * index]);
    const choice = data[2 + 2 * index];
    Object.assign(component, {
      dc: tables.codes.get(choice >> 4),
      ac: tables.codes.get(16 | (choice & 15)),
      last: 0,
    });
  }
  // One component alone is not interleaved: its units are single blocks.
  if (components.length === 1) Object.assign(components[0], {across: 1, down: 1});
  const [first] = components;
  const most = (key) => Math.max(...components.map((component) => component[key]));
  const [wide, high] = [8 * most('across'), 8 * most('down')];
  if (first.across * 8 !== wide || first.down * 8 !== high) throw new Error('luma must have the full size');
  const [columns, rows] = [Math.ceil(width / wide), Math.ceil(height / high)];
  const plane = {stride: columns * wide, pixels: new Uint8Array(columns * wide * rows * high)};
  const bits = new Bits(bytes);
  for (let unit = 0; unit < columns * rows; unit += 1) {
    if (tables.restart > 0 && unit > 0 && unit % tables.restart === 0) {
      bits.restart();
      for (const component of components) component.last = 0;
    }
    for (const component of components)
      for (let block = 0; block < component.across * component.down; block += 1) {
        const values = readBlock(bits, component, tables.quantities[component.table]);
        if (component !== first) continue;
        const x = (unit % columns) * wide + (block % component.across) * 8;
        const y = Math.floor(unit / columns) * high + Math.floor(block / component.across) * 8;
        drawBlock(values, plane, y * plane.stride + x);
      }
  }
  const luma = new Uint8Array(width * height);
  for (let row = 0; row < height; row += 1)
    luma.set(plane.pixels.subarray(row * plane.stride, row * plane.stride + width), row * width);
  return {width, height, luma};
}

class Bits {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
    this.held = 0;
    this.count = 0;
  }

  bit() {
    if (this.count === 0) {
      this.held = this.bytes[this.at++];
      this.count = 8;
      if (this.held === undefined) throw new Error('image file is truncated');
      // A 0xff of the data is followed by a 0; anything else is a marker, after which zeros are read.
      if (this.held === 0xff) {
        if (this.bytes[this.at] === 0) this.at += 1;
        else [this.held, this.at] = [0, this.at - 1];
      }
    }
    this.count -= 1;
    return (this.held >> this.count) & 1;
  }

  symbol(table) {
    let code = 1;
    for (let length = 1; length <= 16; length += 1) {
      code = (code << 1) | this.bit();
      const found = table.get(code);
      if (found !== undefined) return found;
    }
    throw new Error('broken data stream when reading image file');
  }

  /** A number of so many bits; a leading 0 makes it negative. */
  number(length) {
    let value = 0;
    for (let index = 0; index < length; index += 1) value = (value << 1) | this.bit();
    return length > 0 && value < 1 << (length - 1) ? value - (1 << length) + 1 : value;
  }

  restart() {
    this.count = 0;
    while (!(
      this.bytes[this.at] === 0xff &&
      this.bytes[this.at + 1] >= 0xd0 &&
      this.bytes[this.at + 1] <= 0xd7
    )) {
      this.at += 1;
      if (this.at >= this.bytes.length) throw new Error('image file is truncated');
    }
    this.at += 2;
  }
}

function readBlock(bits, component, quantities) {
  const values = new Float64Array(64);
  component.last += bits.number(bits.symbol(component.dc));
  values[0] = component.last * quantities[0];
  for (let index = 1; index < 64; index += 1) {
    const symbol = bits.symbol(component.ac);
    if (symbol === 0) break;
    index += symbol >> 4;
    if ((symbol & 15) !== 0) values[ZIGZAG[index]] = bits.number(symbol & 15) * quantities[index];
  }
  return values;
}

function drawBlock(values, {stride, pixels}, offset) {
  const half = new Float64Array(64);
  for (let row = 0; row < 8; row += 1)
    for (let x = 0; x < 8; x += 1)
      for (let u = 0; u < 8; u += 1) half[8 * row + x] += values[8 * row + u] * COSINES[8 * u + x];
  for (let y = 0; y < 8; y += 1)
    for (let x = 0; x < 8; x += 1) {
      let sum = 128;
      for (let v = 0; v < 8; v += 1) sum += half[8 * v + x] * COSINES[8 * v + y];
      pixels[offset + y * stride + x] = Math.max(0, Math.min(255, Math.round(sum)));
    }
}
