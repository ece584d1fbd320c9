// A GLB of NeuFace Studio (docs/formats/exports.md) as arrays, and its mesh at a key of its animation.
"use strict";

const TYPED = { 5121: Uint8Array, 5123: Uint16Array, 5125: Uint32Array, 5126: Float32Array };
const WIDTH = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4, MAT4: 16 };

class Head {
  constructor(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const jsonLength = view.getUint32(12, true);
    this.document = JSON.parse(new TextDecoder().decode(bytes.subarray(20, 20 + jsonLength)));
    // A copy, so that typed arrays begin where their numbers do.
    this.binary = bytes.slice(20 + jsonLength + 8).buffer;
    const primitive = this.document.meshes[0].primitives[0];
    const attributes = primitive.attributes;
    this.base = this.accessor(attributes.POSITION);
    this.count = this.base.length / 3;
    this.colours = this.accessor(attributes.COLOR_0);
    this.indices = this.accessor(primitive.indices);
    this.targets = (primitive.targets || []).map((target) => this.target(target.POSITION));
    this.sets = [0, 1].filter((n) => `JOINTS_${n}` in attributes).map((n) => ({
      joints: this.accessor(attributes[`JOINTS_${n}`]),
      weights: this.accessor(attributes[`WEIGHTS_${n}`]),
    }));
    const skin = this.document.skins[0];
    this.joints = skin.joints;
    this.inverse = this.accessor(skin.inverseBindMatrices);
    this.parent = {};
    this.document.nodes.forEach((node, n) => (node.children || []).forEach((child) => { this.parent[child] = n; }));
    this.channels = this.document.animations[0].channels.map((channel) => {
      const sampler = this.document.animations[0].samplers[channel.sampler];
      return {
        node: channel.target.node, path: channel.target.path,
        times: this.accessor(sampler.input), values: this.accessor(sampler.output),
      };
    });
    this.positions = new Float32Array(this.base.length);
    this.normals = new Float32Array(this.base.length);
    this.weld();
  }

  accessor(number) {
    const about = this.document.accessors[number];
    const width = WIDTH[about.type], Kind = TYPED[about.componentType];
    const values = about.bufferView === undefined
      ? new Kind(about.count * width) : this.numbers(about.bufferView, Kind, about.count * width);
    if (!about.sparse) return values;
    const { rows, kept } = this.sparse(about, Kind, width);
    rows.forEach((row, n) => { for (let k = 0; k < width; k++) values[row * width + k] = kept[n * width + k]; });
    return values;
  }

  numbers(number, Kind, length) {
    return new Kind(this.binary, this.document.bufferViews[number].byteOffset, length);
  }

  sparse(about, Kind, width) {
    const { indices, values, count } = about.sparse;
    return {
      rows: this.numbers(indices.bufferView, TYPED[indices.componentType], count),
      kept: this.numbers(values.bufferView, Kind, count * width),
    };
  }

  // Most targets move a part of the face: only those rows are added.
  target(number) {
    const about = this.document.accessors[number];
    if (about.sparse && about.bufferView === undefined) return this.sparse(about, Float32Array, 3);
    return { rows: null, kept: this.accessor(number) };
  }

  // Vertices that a seam of the texture cut apart share one normal.
  weld() {
    const first = new Map();
    this.same = new Uint32Array(this.count);
    for (let v = 0; v < this.count; v++) {
      const key = `${this.base[3 * v]},${this.base[3 * v + 1]},${this.base[3 * v + 2]}`;
      if (!first.has(key)) first.set(key, v);
      this.same[v] = first.get(key);
    }
  }

  // Fills positions and normals with the mesh of the last key at or before `time`.
  pose(time) {
    const moved = {};
    for (const { node, path, times, values } of this.channels) {
      let key = 0;
      while (key + 1 < times.length && times[key + 1] <= time + 1e-6) key++;
      const width = values.length / times.length;
      (moved[node] = moved[node] || {})[path] = values.subarray(key * width, (key + 1) * width);
    }
    const mesh = this.document.nodes.findIndex((node) => node.mesh !== undefined);
    this.morph((moved[mesh] || {}).weights || []);
    this.skin(this.joints.map((node, n) => times4(this.world(node, moved), this.inverse.subarray(16 * n))));
    this.light();
  }

  morph(weights) {
    const at = this.positions;
    at.set(this.base);
    this.targets.forEach(({ rows, kept }, n) => {
      const weight = weights[n] || 0;
      if (Math.abs(weight) < 1e-7) return;
      if (!rows) for (let i = 0; i < at.length; i++) at[i] += weight * kept[i];
      else for (let r = 0; r < rows.length; r++) for (let k = 0; k < 3; k++) at[3 * rows[r] + k] += weight * kept[3 * r + k];
    });
  }

  world(number, moved) {
    const node = this.document.nodes[number], now = moved[number] || {};
    const local = transform(now.translation || node.translation || [0, 0, 0],
      now.rotation || node.rotation || [0, 0, 0, 1], now.scale || node.scale || [1, 1, 1]);
    return this.parent[number] === undefined ? local : times4(this.world(this.parent[number], moved), local);
  }

  skin(matrices) {
    const at = this.positions, blend = new Float32Array(12);
    for (let v = 0; v < this.count; v++) {
      blend.fill(0);
      for (const { joints, weights } of this.sets) {
        for (let k = 4 * v; k < 4 * v + 4; k++) {
          if (!weights[k]) continue;
          const matrix = matrices[joints[k]];
          for (let c = 0; c < 4; c++) for (let r = 0; r < 3; r++) blend[3 * c + r] += weights[k] * matrix[4 * c + r];
        }
      }
      const x = at[3 * v], y = at[3 * v + 1], z = at[3 * v + 2];
      for (let r = 0; r < 3; r++) at[3 * v + r] = blend[r] * x + blend[3 + r] * y + blend[6 + r] * z + blend[9 + r];
    }
  }

  light() {
    const at = this.positions, normals = this.normals, same = this.same;
    normals.fill(0);
    for (let i = 0; i < this.indices.length; i += 3) {
      const [a, b, c] = [3 * this.indices[i], 3 * this.indices[i + 1], 3 * this.indices[i + 2]];
      const ux = at[b] - at[a], uy = at[b + 1] - at[a + 1], uz = at[b + 2] - at[a + 2];
      const vx = at[c] - at[a], vy = at[c + 1] - at[a + 1], vz = at[c + 2] - at[a + 2];
      const n = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
      for (const corner of [a, b, c]) for (let k = 0; k < 3; k++) normals[3 * same[corner / 3] + k] += n[k];
    }
    for (let v = 0; v < this.count; v++) {
      const s = 3 * same[v];
      const length = Math.hypot(normals[s], normals[s + 1], normals[s + 2]) || 1;
      // A copy comes after what it is a copy of, which has length 1 by then.
      for (let k = 0; k < 3; k++) normals[3 * v + k] = normals[s + k] / length;
    }
  }
}

// Matrices lie column by column, as in glTF.
function times4(a, b) {
  const out = new Float32Array(16);
  for (let c = 0; c < 4; c++) for (let r = 0; r < 4; r++) {
    for (let k = 0; k < 4; k++) out[4 * c + r] += a[4 * k + r] * b[4 * c + k];
  }
  return out;
}

function transform(t, [x, y, z, w], s) {
  return new Float32Array([
    (1 - 2 * (y * y + z * z)) * s[0], 2 * (x * y + z * w) * s[0], 2 * (x * z - y * w) * s[0], 0,
    2 * (x * y - z * w) * s[1], (1 - 2 * (x * x + z * z)) * s[1], 2 * (y * z + x * w) * s[1], 0,
    2 * (x * z + y * w) * s[2], 2 * (y * z - x * w) * s[2], (1 - 2 * (x * x + y * y)) * s[2], 0,
    t[0], t[1], t[2], 1,
  ]);
}
