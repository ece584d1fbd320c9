// The page: a head that plays and can be turned.
"use strict";

const VERTEX = `
attribute vec3 position, normal; attribute vec4 colour;
uniform mat4 camera; uniform mat4 turn;
varying vec3 n; varying vec3 base;
void main() { n = mat3(turn) * normal; base = colour.rgb; gl_Position = camera * vec4(position, 1.0); }`;
// One soft light from above left that goes with the viewer, the sky, and a rim that lifts the outline off the ground.
const FRAGMENT = `
precision mediump float;
varying vec3 n; varying vec3 base; uniform float flat_;
void main() {
  vec3 m = normalize(gl_FrontFacing ? n : -n);
  float key = max(dot(m, normalize(vec3(-0.45, 0.55, 0.75))), 0.0);
  float fill = max(dot(m, normalize(vec3(0.8, 0.1, 0.5))), 0.0);
  float sky = 0.5 + 0.5 * m.y;
  float rim = pow(1.0 - max(m.z, 0.0), 3.0);
  float shine = pow(max(dot(m, normalize(vec3(-0.25, 0.3, 0.92))), 0.0), 24.0);
  vec3 lit = base * (0.72 * key * key + 0.14 * fill + 0.05 + 0.13 * sky) + vec3(0.05) * shine + vec3(0.04) * rim;
  gl_FragColor = vec4(mix(pow(lit, vec3(1.0 / 2.2)), vec3(0.93), flat_), 1.0);
}`;
const FIELD = 28 * Math.PI / 180;
const $ = (id) => document.getElementById(id);

const clip = JSON.parse($("clip").textContent);
const bytes = Uint8Array.from(atob($("glb").textContent.trim()), (letter) => letter.charCodeAt(0));
const head = new Head(bytes);
$("glb").remove();

const gl = $("stage").getContext("webgl", { antialias: true });
if (!gl) $("lost").hidden = false;

function program() {
  const made = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  gl.useProgram(made);
  return made;
}

const view = { yaw: 0, pitch: 0, distance: 0, x: 0, y: 0 };
const state = { frame: -1, playing: false, began: 0, speed: 1, wire: false };
let shader, middle, span, lines;

function set_up() {
  shader = program();
  const upload = (target, data, use) => {
    const buffer = gl.createBuffer();
    gl.bindBuffer(target, buffer);
    gl.bufferData(target, data, use);
    return buffer;
  };
  const attribute = (name, size, kind, normalized) => {
    const place = gl.getAttribLocation(shader, name);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, size, kind, normalized, 0, 0);
  };
  state.positions = upload(gl.ARRAY_BUFFER, head.positions, gl.DYNAMIC_DRAW);
  attribute("position", 3, gl.FLOAT, false);
  state.normals = upload(gl.ARRAY_BUFFER, head.normals, gl.DYNAMIC_DRAW);
  attribute("normal", 3, gl.FLOAT, false);
  upload(gl.ARRAY_BUFFER, head.colours, gl.STATIC_DRAW);
  attribute("colour", 4, gl.UNSIGNED_BYTE, true);
  state.triangles = upload(gl.ELEMENT_ARRAY_BUFFER, head.indices, gl.STATIC_DRAW);
  const edges = new Uint16Array(2 * head.indices.length);
  for (let i = 0; i < head.indices.length; i += 3) {
    for (let k = 0; k < 3; k++) {
      edges[2 * (i + k)] = head.indices[i + k];
      edges[2 * (i + k) + 1] = head.indices[i + (k + 1) % 3];
    }
  }
  lines = upload(gl.ELEMENT_ARRAY_BUFFER, edges, gl.STATIC_DRAW);
  gl.enable(gl.DEPTH_TEST);
  let low = [1e9, 1e9, 1e9], high = [-1e9, -1e9, -1e9];
  for (let i = 0; i < head.base.length; i++) {
    low[i % 3] = Math.min(low[i % 3], head.base[i]);
    high[i % 3] = Math.max(high[i % 3], head.base[i]);
  }
  middle = low.map((value, k) => (value + high[k]) / 2);
  span = Math.hypot(...high.map((value, k) => value - low[k]));
}

function reset() {
  Object.assign(view, { yaw: 0, pitch: 0, distance: 0.53 * span / Math.tan(FIELD / 2), x: 0, y: 0 });
  draw();
}

function show(frame) {
  state.frame = Math.max(0, Math.min(clip.times.length - 1, frame));
  head.pose(clip.times[state.frame]);
  gl.bindBuffer(gl.ARRAY_BUFFER, state.positions);
  gl.bufferSubData(gl.ARRAY_BUFFER, 0, head.positions);
  gl.bindBuffer(gl.ARRAY_BUFFER, state.normals);
  gl.bufferSubData(gl.ARRAY_BUFFER, 0, head.normals);
  const error = clip.error[state.frame];
  $("frame").textContent = `frame ${state.frame + clip.first}`;
  $("time").textContent = `${clip.times[state.frame].toFixed(3)} s`;
  $("error").textContent = error === null ? "" : `landmark error ${error.toFixed(2)} %`;
  $("missing").hidden = clip.valid[state.frame];
  $("slider").value = state.frame;
  $("at").style.left = `${100 * state.frame / Math.max(1, clip.times.length - 1)}%`;
  draw();
}

function draw() {
  const canvas = $("stage"), dense = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth * dense | 0, canvas.clientHeight * dense | 0];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  gl.viewport(0, 0, width, height);
  gl.clearColor(0.125, 0.137, 0.157, 1);
  gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  const [cy, sy, cp, sp] = [Math.cos(view.yaw), Math.sin(view.yaw), Math.cos(view.pitch), Math.sin(view.pitch)];
  const turn = times4(
    new Float32Array([1, 0, 0, 0, 0, cp, sp, 0, 0, -sp, cp, 0, 0, 0, 0, 1]),
    new Float32Array([cy, 0, -sy, 0, 0, 1, 0, 0, sy, 0, cy, 0, 0, 0, 0, 1]));
  const to_middle = transform(middle.map((value) => -value), [0, 0, 0, 1], [1, 1, 1]);
  const away = transform([view.x, view.y, -view.distance], [0, 0, 0, 1], [1, 1, 1]);
  const near = Math.max(0.01, view.distance - 2 * span), far = view.distance + 2 * span;
  const f = 1 / Math.tan(FIELD / 2) / Math.max(1, height / width);
  const lens = new Float32Array([f * height / width, 0, 0, 0, 0, f, 0, 0,
    0, 0, (far + near) / (near - far), -1, 0, 0, 2 * far * near / (near - far), 0]);
  gl.uniformMatrix4fv(gl.getUniformLocation(shader, "camera"), false,
    times4(lens, times4(away, times4(turn, to_middle))));
  gl.uniformMatrix4fv(gl.getUniformLocation(shader, "turn"), false, turn);
  gl.uniform1f(gl.getUniformLocation(shader, "flat_"), 0);
  gl.enable(gl.POLYGON_OFFSET_FILL);
  gl.polygonOffset(1, 1);
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, state.triangles);
  gl.drawElements(gl.TRIANGLES, head.indices.length, gl.UNSIGNED_SHORT, 0);
  if (state.wire) {
    gl.uniform1f(gl.getUniformLocation(shader, "flat_"), 0.75);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, lines);
    gl.drawElements(gl.LINES, 2 * head.indices.length, gl.UNSIGNED_SHORT, 0);
  }
}

function play(on) {
  state.playing = on;
  state.began = performance.now() - 1000 * clip.times[Math.max(0, state.frame)] / state.speed;
  $("play").textContent = on ? "❚❚" : "▶";
  $("play").setAttribute("aria-label", on ? "Pause" : "Play");
  if (on) requestAnimationFrame(step);
}

function step(now) {
  if (!state.playing) return;
  const last = clip.times.length - 1;
  const length = clip.times[last] + (last ? clip.times[last] / last : 1);
  const time = ((now - state.began) / 1000 * state.speed) % length;
  let frame = state.frame < 0 || clip.times[state.frame] > time ? 0 : state.frame;
  while (frame < last && clip.times[frame + 1] <= time) frame++;
  if (frame !== state.frame) show(frame);
  requestAnimationFrame(step);
}

function listen() {
  const stage = $("stage");
  stage.addEventListener("pointerdown", (event) => stage.setPointerCapture(event.pointerId));
  stage.addEventListener("pointermove", (event) => {
    if (!event.buttons) return;
    if (event.shiftKey || event.buttons === 2) {
      const pixel = 2 * view.distance * Math.tan(FIELD / 2) / stage.clientHeight;
      view.x += event.movementX * pixel;
      view.y -= event.movementY * pixel;
    } else {
      view.yaw += event.movementX * 0.008;
      view.pitch = Math.max(-1.5, Math.min(1.5, view.pitch + event.movementY * 0.008));
    }
    draw();
  });
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    view.distance = Math.max(0.3 * span, Math.min(20 * span, view.distance * Math.exp(event.deltaY * 0.001)));
    draw();
  }, { passive: false });
  stage.addEventListener("contextmenu", (event) => event.preventDefault());
  stage.addEventListener("dblclick", reset);
  $("reset").onclick = reset;
  $("play").onclick = () => play(!state.playing);
  $("wire").onclick = () => {
    state.wire = !state.wire;
    $("wire").setAttribute("aria-pressed", state.wire);
    draw();
  };
  $("speed").onchange = () => { state.speed = Number($("speed").value); play(state.playing); };
  $("slider").oninput = () => { play(false); show(Number($("slider").value)); };
  window.addEventListener("resize", draw);
  window.addEventListener("keydown", (event) => {
    const keys = {
      " ": () => play(!state.playing),
      ArrowRight: () => { play(false); show(state.frame + 1); },
      ArrowLeft: () => { play(false); show(state.frame - 1); },
      Home: () => { play(false); show(0); },
      End: () => { play(false); show(clip.times.length - 1); },
      w: () => $("wire").click(),
      r: reset,
    };
    if (!keys[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    keys[event.key]();
  });
}

// The landmark error over the clip, above the slider.
function curve() {
  const known = clip.error.filter((value) => value !== null);
  if (known.length < 2) return;
  const top = 1.1 * Math.max(...known), last = clip.error.length - 1;
  let path = "", pen = "M";
  clip.error.forEach((value, n) => {
    if (value === null) { pen = "M"; return; }
    path += `${pen}${(1000 * n / last).toFixed(1)},${(40 - 28 * value / top).toFixed(2)}`;
    pen = "L";
  });
  $("curve").setAttribute("d", path);
  $("most").textContent = `landmark error, at most ${(top / 1.1).toFixed(2)} %`;
}

if (gl) {
  set_up();
  $("slider").max = clip.times.length - 1;
  listen();
  curve();
  reset();
  show(clip.valid.indexOf(true));
  // "#frame=12&still" shows one frame: for links, and for pictures of the page.
  const asked = /frame=(\d+)/.exec(location.hash);
  if (asked) show(Number(asked[1]) - clip.first);
  if (!/still/.test(location.hash)) play(true);
  document.documentElement.dataset.ready = "yes";
}
