/** How a sheet looks: dark and still, so that the videos are what is seen. One text, whose digest the page names. */

export const STYLE = `
:root {
  color-scheme: dark;
  --back: #14161a; --card: #1c1f25; --line: #2c313a; --text: #dfe3ea; --faint: #98a0ad;
  --accent: #8ab4f8; --good: #7fc99a; --bad: #f0857d; --warn: #e3b96b;
}
* { box-sizing: border-box; }
html { scroll-padding-top: 4rem; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, 'Segoe UI', sans-serif; }
button { font: inherit; color: inherit; background: var(--line); border: 1px solid transparent; border-radius: 6px; padding: .3rem .75rem; cursor: pointer; }
button:hover { border-color: var(--faint); }
button:disabled { opacity: .45; cursor: default; }
button[aria-pressed='false'] { color: var(--faint); background: transparent; border-color: var(--line); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
a { color: inherit; }
.bar { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; padding: .6rem 1rem; background: #14161af2; border-bottom: 1px solid var(--line); }
.bar .play { background: var(--accent); color: #10141b; font-weight: 600; min-width: 5.5rem; }
.bar .seek { flex: 1 1 10rem; min-width: 6rem; accent-color: var(--accent); }
.bar output { min-width: 6.5rem; text-align: right; font-variant-numeric: tabular-nums; color: var(--faint); }
main, .top { max-width: 110rem; margin: 0 auto; padding: 1rem; }
.top { padding-bottom: 0; }
h1 { margin: 0; font-size: 1.15rem; font-weight: 600; }
h2 { margin: 0; font-size: 1rem; font-weight: 600; overflow-wrap: anywhere; }
.faint { color: var(--faint); }
.top p { margin: .15rem 0 0; }
.prompt { margin: .75rem 0 0; max-width: 75ch; white-space: pre-wrap; overflow-wrap: anywhere; }
.negative { margin: .25rem 0 0; max-width: 75ch; color: var(--faint); white-space: pre-wrap; overflow-wrap: anywhere; }
.facts { display: flex; flex-wrap: wrap; gap: .3rem .4rem; margin: .75rem 0 0; padding: 0; list-style: none; font-size: .87rem; }
.facts li { padding: .05rem .5rem; border: 1px solid var(--line); border-radius: 5px; color: var(--faint); overflow-wrap: anywhere; max-width: 100%; }
.facts li b { font-weight: 500; color: var(--text); }
.facts li.differs { border-color: #5c4b2a; background: #2a2418; color: #cdb27c; }
.facts li.differs b { color: #f3d79a; }
.run { margin: 0 0 1rem; padding: .9rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.run > .faint { margin: 0; }
.run header { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .75rem; margin-bottom: .7rem; }
.run header code { font: .9rem ui-monospace, monospace; color: var(--faint); }
.copy { padding: 0 .45rem; font-size: .8rem; }
.status { font-size: .87rem; color: var(--faint); }
.status.completed { color: var(--good); } .status.failed { color: var(--bad); } .status.cancelled { color: var(--warn); }
.stars { color: var(--warn); letter-spacing: .1em; }
.tag { font-size: .82rem; padding: 0 .5rem; border-radius: 99px; background: var(--line); }
.notice { margin: 0 0 .7rem; color: var(--warn); font-size: .87rem; }
.failure { margin: 0 0 .7rem; padding: .5rem .75rem; border-left: 3px solid var(--bad); background: #2a1d1f; white-space: pre-wrap; overflow-wrap: anywhere; }
.videos { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15rem, 45%), 1fr)); gap: .6rem; align-items: start; }
figure { margin: 0; min-width: 0; }
figure.main { grid-column: span 2; grid-row: span 2; }
video, .none { display: block; width: 100%; height: auto; background: #0b0c0f; border-radius: 6px; }
.none { display: grid; place-items: center; aspect-ratio: 16 / 9; padding: 1rem; color: var(--faint); text-align: center; }
figcaption { display: flex; justify-content: space-between; gap: .5rem; margin-top: .2rem; font-size: .82rem; color: var(--faint); overflow-wrap: anywhere; }
figcaption a { color: var(--text); text-decoration: none; } figcaption a:hover { text-decoration: underline; }
figure.broken figcaption::after { content: 'this browser cannot play it'; color: var(--bad); }
.text { margin: 0; padding: .75rem; max-height: 24rem; overflow: auto; background: #0b0c0f; border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; }
.alone main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(24rem, 100%), 1fr)); gap: 1rem; align-items: start; }
.alone .run { margin: 0; }
.alone .videos { display: block; }
.alone figure:not(.main) { display: none; }
@media (max-width: 40rem) {
  main, .top { padding: .6rem; }
  .videos { grid-template-columns: 1fr 1fr; }
  .bar { padding: .5rem .6rem; }
  .bar .seek { order: 1; flex-basis: 100%; }
}
`;
