"""How a page of rooms looks: as the window does, in the colours of day or night, and on paper. Pure."""

HUES = 12  # of people, by their account; each dark or bright enough to be read on all grounds

BEGINS = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>TITLE · Loggia</title>
<style>
:root { --bg: #FFFFFF; --panel: #F5F3F0; --line: #E2DED8; --text: #1D1B19; --muted: #655F58;
  --accent: #A8481F; --mention: #FFF3C4; --link: #1F5FA8; --who: 27%; --face: 92%; }
@media (prefers-color-scheme: dark) { :root {
  --bg: #191817; --panel: #211F1D; --line: #35322E; --text: #ECE8E3; --muted: #A59D93;
  --accent: #E58A5C; --mention: #3D3519; --link: #7FB2EE; --who: 75%; --face: 22%; } }
body { max-width: 46rem; margin: 0 auto; padding: 24px 16px 48px; font: 1rem/1.4 system-ui, sans-serif;
  color: var(--text); background: var(--bg); }
h2 { margin: 48px 0 0; padding-bottom: 8px; border-bottom: 2px solid var(--accent); font-size: 1.5rem; }
h2 small { font-weight: normal; }
h3 { display: flex; align-items: center; gap: 12px; margin: 24px 0 12px; font-size: .85rem; font-weight: 600;
  color: var(--muted); }
h3::before, h3::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
nav { display: flex; flex-wrap: wrap; gap: 8px; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
small, .time, .note, .gone, summary, .to { color: var(--muted); }
small, .time, .note, summary, .to, footer { font-size: .85rem; }
nav a, .chip { padding: 2px 8px; border: 1px solid var(--line); border-radius: 12px;
  background: var(--panel); }
.hint { color: var(--muted); margin: 0 0 16px; font-size: .85rem; }
.note { margin: 4px 0 4px 48px; } .note a { color: inherit; } .notes { margin: 4px 0; }
.notes summary { margin-left: 48px; } .notes[open] summary { margin-bottom: 4px; }
article { position: relative; margin-top: 12px; padding: 2px 0 2px 48px; min-height: 36px;
  border-radius: 8px; }
article.on { margin-top: 0; min-height: 0; } article:target, .note:target { background: var(--mention); }
article > b { color: hsl(var(--hue) 60% var(--who)); font-weight: 600; }
article > p, .was p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.face { position: absolute; left: 0; top: 4px; width: 36px; height: 36px; border-radius: 50%;
  line-height: 36px; text-align: center; font-style: normal; font-weight: 600;
  color: hsl(var(--hue) 60% var(--who)); background: hsl(var(--hue) 45% var(--face)); }
.on > .time { position: absolute; left: 0; width: 36px; text-align: center; line-height: 1.65;
  opacity: 0; }
.on:hover > .time, .on > .time:focus { opacity: 1; }
.in { margin-left: 48px; padding-left: 60px; border-left: 2px solid var(--line); border-radius: 0 8px 8px 0; }
.in > .face, .in.on > .time { left: 12px; }
.to { display: block; padding-left: 8px; border-left: 2px solid var(--line);
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.gone { font-style: italic; } mark { color: inherit; background: var(--mention); font-weight: 600; }
.was p { padding-left: 8px; border-left: 2px solid var(--line); margin: 4px 0; color: var(--muted); }
summary { cursor: pointer; } footer { display: flex; flex-wrap: wrap; gap: 4px; margin-top: 4px; }
HUES
@media print { .on > .time { opacity: 1; } article { break-inside: avoid-page; } }
</style>
<p class=hint>Each message as it is now. All times are UTC.</p>
""".replace("HUES", "\n".join(f".h{number} {{ --hue: {number * 30}; }}" for number in range(HUES)))
