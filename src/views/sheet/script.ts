/**
 * What a sheet does: one clock for all videos. Each video that is on the screen follows it, a little faster or slower where it
 * is a little off, by a jump where it is far off; those that are not on the screen rest. The text is always the same and
 * holds no data, so that the page can name its digest and the browser runs nothing else.
 */

export const SCRIPT = String.raw`
'use strict';
(() => {
  const find = (name) => document.getElementById(name);
  const [play, restart, seek, time, loop, mute, alone] = ['play', 'restart', 'seek', 'time', 'loop', 'mute', 'alone'].map(find);
  const videos = Array.from(document.querySelectorAll('video'));
  let length = Number(document.body.dataset.seconds) || 0;
  // Seconds: below the first nobody sees it, above the second catching up by speed would take too long.
  const CLOSE = 0.03, FAR = 0.25, FASTER = 0.08, BETWEEN_JUMPS_MS = 700, END = 0.02;
  const shown = new Set();
  const jumped = new WeakMap();
  let isPlaying = false;
  let isLooping = true;
  let start = 0;
  let startedAt = 0;

  const now = () => (isPlaying ? start + (performance.now() - startedAt) / 1000 : start);
  const set = (position) => { start = position; startedAt = performance.now(); };
  const lengthOf = (video) => (Number.isFinite(video.duration) ? video.duration : Number(video.dataset.seconds) || 0);

  const jump = (video, position) => { video.currentTime = position; jumped.set(video, performance.now()); };

  // Puts a video where the clock is; a shorter one rests at its end.
  const follow = (video, position, isExact) => {
    const end = lengthOf(video);
    const isOver = position >= end - END;
    const wanted = isOver ? Math.max(0, end - END) : position;
    const off = video.currentTime - wanted;
    if (!isPlaying || isOver) {
      if (!video.paused) video.pause();
      if (Math.abs(off) > 0.001 && !video.seeking) jump(video, wanted);
      return;
    }
    if (isExact || Math.abs(off) > FAR) {
      if (isExact || performance.now() - (jumped.get(video) || 0) > BETWEEN_JUMPS_MS) jump(video, wanted);
      video.playbackRate = 1;
    } else video.playbackRate = Math.abs(off) < CLOSE ? 1 : off > 0 ? 1 - FASTER : 1 + FASTER;
    if (video.paused) video.play().catch(() => {});
  };

  const format = (seconds) => Math.floor(seconds / 60) + ':' + (seconds % 60).toFixed(1).padStart(4, '0');
  const show = () => {
    const position = Math.min(now(), length);
    seek.max = String(length);
    seek.value = String(position);
    time.textContent = format(position) + ' / ' + format(length);
    play.textContent = isPlaying ? 'Pause' : 'Play';
  };
  const followAll = (isExact) => { const position = now(); for (const video of shown) follow(video, position, isExact); show(); };

  const tick = () => {
    if (!isPlaying) return;
    if (now() >= length) {
      if (isLooping && length > 0) { set(0); followAll(true); }
      else pause(length);
    } else followAll(false);
  };
  const pause = (position) => { isPlaying = false; set(position); followAll(true); };
  const begin = () => { set(now() >= length - END ? 0 : now()); isPlaying = true; followAll(true); };
  const toggle = () => (isPlaying ? pause(Math.min(now(), length)) : begin());
  const moveTo = (position) => { set(Math.min(Math.max(0, position), length)); followAll(true); };
  const press = (button, isPressed) => button.setAttribute('aria-pressed', String(isPressed));

  const toggleLoop = () => { isLooping = !isLooping; press(loop, isLooping); };
  const toggleSound = () => {
    const isMuted = !videos[0] || !videos[0].muted;
    for (const video of videos) video.muted = isMuted;
    press(mute, isMuted);
  };
  const toggleInputs = () => press(alone, !document.body.classList.toggle('alone'));

  const watcher = new IntersectionObserver((entries) => {
    for (const {target, isIntersecting} of entries) {
      if (isIntersecting) {
        shown.add(target);
        // So that all can begin at once.
        target.preload = 'metadata';
        follow(target, now(), true);
      } else { shown.delete(target); target.pause(); }
    }
  }, {rootMargin: '100px'});
  for (const video of videos) {
    video.muted = true;
    // Videos of which no document says how long they are.
    video.addEventListener('loadedmetadata', () => {
      if (video.dataset.seconds === undefined && video.duration > length) { length = video.duration; show(); }
    });
    video.addEventListener('error', () => video.closest('figure').classList.add('broken'));
    video.addEventListener('dblclick', () => video.requestFullscreen().catch(() => {}));
    watcher.observe(video);
  }

  const copy = async (button) => {
    try { await navigator.clipboard.writeText(button.dataset.copy); }
    catch {
      const field = document.createElement('textarea');
      field.value = button.dataset.copy;
      document.body.append(field);
      field.select();
      document.execCommand('copy');
      field.remove();
    }
    const text = button.textContent;
    if (text === 'copied') return;
    button.textContent = 'copied';
    setTimeout(() => { button.textContent = text; }, 1200);
  };
  for (const button of document.querySelectorAll('[data-copy]')) button.addEventListener('click', () => copy(button));

  play.addEventListener('click', toggle);
  restart.addEventListener('click', () => moveTo(0));
  seek.addEventListener('input', () => moveTo(Number(seek.value)));
  loop.addEventListener('click', toggleLoop);
  mute.addEventListener('click', toggleSound);
  alone.addEventListener('click', toggleInputs);
  const keys = {
    ' ': toggle, Home: () => moveTo(0), m: toggleSound, l: toggleLoop, i: toggleInputs,
    ArrowLeft: () => moveTo(Math.min(now(), length) - 0.5), ArrowRight: () => moveTo(Math.min(now(), length) + 0.5),
  };
  document.addEventListener('keydown', (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || videos.length === 0) return;
    // A button or link with the focus has its own use of the space bar.
    if (event.key === ' ' && event.target.closest('button, a')) return;
    event.preventDefault();
    act();
  });
  if (videos.length === 0) for (const control of [play, restart, seek, loop, mute, alone]) control.disabled = true;
  setInterval(tick, 50);
  show();
})();
`;
