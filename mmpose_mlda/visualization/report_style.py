# Copyright (c) mmpose_mlda contributors. All rights reserved.
"""The style sheet of reports: light, dark, narrow, wide and on paper."""

STYLE = """
:root {
  color-scheme: light dark;
  --page: #fff; --ink: #1c1e21; --soft: #5a6068; --line: #d9dde2;
  --panel: #f4f6f8; --link: #0b5cad; --shade: #0004;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15181c; --ink: #e6e8ea; --soft: #a4abb3; --line: #363c44;
    --panel: #1f242a; --link: #7db7f0; --shade: #fff4;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0 auto; padding: 1rem; max-width: 78rem; color: var(--ink);
  background: var(--page); overflow-wrap: anywhere;
  font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
}
h1 { font-size: 1.7rem; line-height: 1.2; margin: .5rem 0 1rem; }
h2 {
  font-size: 1.3rem; line-height: 1.25; margin: 2.5rem 0 .5rem;
  padding-top: .75rem; border-top: 1px solid var(--line);
}
p, ul { max-width: 46rem; margin: .6rem 0; }
ul { padding-left: 1.2rem; }
li { margin: .3rem 0; }
a { color: var(--link); }
code {
  font: .9em ui-monospace, Menlo, Consolas, monospace;
  background: var(--panel); padding: .1em .3em; border-radius: .2em;
}
dl, nav {
  background: var(--panel); border: 1px solid var(--line);
  border-radius: .5rem; padding: .75rem 1rem; margin: 1rem 0;
}
dl {
  display: grid; gap: .35rem 1.5rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr));
}
dl div { min-width: 0; }
dt { color: var(--soft); font-size: .85rem; }
dd { margin: 0; font-weight: 600; }
nav ol { margin: .25rem 0 0; padding-left: 1.4rem; columns: 2 18rem; }
nav li { margin: 0; padding: .15rem 0; }
.pictures {
  display: grid; gap: 1rem; margin: 1rem 0; align-items: start;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr));
}
.small {
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr));
}
figure {
  margin: 0; min-width: 0; border: 1px solid var(--line);
  border-radius: .5rem; overflow: hidden; background: var(--panel);
}
.card { background: #fff; padding: .4rem; }
.card img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
.small .card { padding: 0; }
.small img { width: 100%; }
.wide { grid-column: 1 / -1; }
.wide .card { overflow-x: auto; }
.wide img { min-width: min(100%, 20rem); }
@media (max-width: 46rem) {
  .wide img { max-width: none; width: 46rem; }
}
figcaption { padding: .5rem .75rem; font-size: .9rem; color: var(--soft); }
figcaption b { display: block; color: var(--ink); }
.table {
  overflow-x: auto; max-width: 100%; margin: 1rem 0;
  border: 1px solid var(--line); border-radius: .5rem;
  /* a shade at the right while there is more to scroll to, which a cover
     that moves with the table hides at its end */
  background:
    linear-gradient(var(--page) 0 0) right / 1.5rem 100% no-repeat local,
    linear-gradient(to left, var(--shade), transparent)
      right / 1rem 100% no-repeat scroll;
}
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
caption {
  text-align: left; padding: .5rem .75rem; color: var(--soft);
  caption-side: bottom;
}
caption span {
  display: inline-block; position: sticky; left: .75rem;
  max-width: min(46rem, calc(100vw - 4rem));
}
th, td {
  padding: .3rem .75rem; border-bottom: 1px solid var(--line);
  text-align: left; vertical-align: top; font-weight: 400;
  overflow-wrap: normal; max-width: 32rem;
}
tbody th {
  position: sticky; left: 0; background: var(--page);
  min-width: 8rem; max-width: 12rem; overflow-wrap: anywhere;
}
thead th {
  background: var(--panel); font-weight: 600; vertical-align: bottom;
}
td.num { white-space: nowrap; }
.num {
  text-align: right;
  font-variant-numeric: tabular-nums;
}
@media (max-width: 36rem) {
  table { font-size: .8rem; }
  th, td { padding: .3rem .4rem; }
  tbody th { min-width: 5rem; max-width: 7rem; }
  td.num { white-space: normal; }
}
footer { margin-top: 3rem; color: var(--soft); font-size: .85rem; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
@media print {
  :root {
    --page: #fff; --ink: #000; --soft: #444; --line: #bbb; --panel: #fff;
    --link: #000;
  }
  body { max-width: none; padding: 0; font-size: 10pt; }
  figure, table, dl { break-inside: avoid; }
  h2, caption { break-after: avoid; }
  .table, .wide .card { overflow: visible; }
  .wide img { max-width: 100%; width: auto; }
  th, td { overflow-wrap: anywhere; white-space: normal; }
}
"""
