//! The look of a report: one page, light or dark as the reader's system is, nothing loaded.

/// The style sheet. Colours are named by what they mean; both looks define all of them.
pub(crate) const STYLE: &str = r"
:root { color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #14181f; --soft: #5b6573; --line: #dfe3e9; --grid: #e9ecf1;
  --good: #11734b; --good-back: #e3f5ec; --bad: #b3261e; --bad-back: #fdeceb; --odd: #8a5a00; --odd-back: #fff3dc;
  --one: #2563c9; --two: #c2570c; --three: #8b929e; --band: #eef1f6; }
@media (prefers-color-scheme: dark) { :root {
  --page: #0f1318; --card: #171c23; --ink: #e7ebf1; --soft: #98a3b3; --line: #2a313c; --grid: #222932;
  --good: #5fd3a0; --good-back: #12301f; --bad: #ff8a80; --bad-back: #3a1715; --odd: #f2c063; --odd-back: #35270c;
  --one: #6ea8ff; --two: #ffa45c; --three: #7c8797; --band: #1c222b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; } h2 { font-size: 19px; margin: 34px 0 10px; }
h3 { font-size: 14px; margin: 0 0 2px; } p { margin: 0 0 10px; } .soft { color: var(--soft); }
.small { font-size: 13px; } .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 16px 18px; margin: 0 0 14px; }
.verdict { border-left: 6px solid; padding: 14px 18px; border-radius: 8px; margin: 18px 0 6px; }
.verdict b { font-size: 19px; display: block; }
.is-good { border-color: var(--good); background: var(--good-back); } .is-good b { color: var(--good); }
.is-bad { border-color: var(--bad); background: var(--bad-back); } .is-bad b { color: var(--bad); }
.is-odd { border-color: var(--odd); background: var(--odd-back); } .is-odd b { color: var(--odd); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; margin: 14px 0 4px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 10px 14px; }
.tile span { display: block; color: var(--soft); font-size: 12.5px; line-height: 1.35; }
.tile strong { font-size: 21px; font-variant-numeric: tabular-nums; font-weight: 650; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(430px, 1fr)); gap: 14px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: 12.5px; }
th, td { padding: 6px 10px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; } td.n, th.n { text-align: right; white-space: nowrap; padding-right: 14px; }
.scroll { overflow-x: auto; } code { font: 13px/1.4 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; }
.mark { font-weight: 650; white-space: nowrap; } .ok { color: var(--good); } .no { color: var(--bad); }
ul { margin: 4px 0 0; padding-left: 18px; } li { margin: 2px 0; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: auto; } svg text { fill: var(--soft); font-size: 11px; }
.legend { display: flex; gap: 16px; flex-wrap: wrap; font-size: 12.5px; color: var(--soft); margin: 2px 0 6px; }
.legend i { display: inline-block; width: 14px; height: 3px; border-radius: 2px; vertical-align: middle; margin-right: 6px; }
@media (max-width: 520px) { .pair { grid-template-columns: 1fr; } dl { grid-template-columns: 1fr; } dt { margin-top: 6px; } }
@media print { .card, .tile { break-inside: avoid; } }
";
