#pragma once

#include <string_view>

namespace rulehost {

/// The style sheet of a report; for paper as well.
inline constexpr std::string_view html_style = R"css(
:root{color-scheme:light;--ink:#16181d;--soft:#545b68;--line:#dfe3ea;--c1:#e8eefb;--c2:#c7d8f6;--c3:#94b7ee;--c4:#3b74c8;--c5:#163d7a}
*{box-sizing:border-box}
body{margin:0;background:#fff;color:var(--ink);font:14px/1.5 system-ui,"DejaVu Sans",sans-serif}
main{max-width:72rem;margin:0 auto;padding:2rem 1.5rem 4rem}
h1{font-size:1.7rem;margin:.2rem 0 .6rem}
h2{font-size:1.15rem;margin:2.4rem 0 .6rem}
p{margin:.3rem 0}
.soft{color:var(--soft)}
.lead{font-size:1.1rem;max-width:46rem}
.figures{display:flex;flex-wrap:wrap;gap:1rem 3rem;border:solid var(--line);border-width:1px 0;padding:.9rem 0;margin:1.2rem 0}
.figures b{display:block;font-size:1.4rem}
.matrix{display:grid;grid-template-columns:repeat(5,minmax(0,1fr));gap:1rem .7rem}
.tactic h3{display:flex;justify-content:space-between;gap:.5rem;font-size:.85rem;margin:0 0 .3rem}
.tactic h3 span{font-weight:400;color:var(--soft)}
.cell{display:flex;justify-content:space-between;gap:.5rem;border-radius:3px;padding:.15rem .4rem;margin:.15rem 0;font-size:.82rem}
.cell span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.none{border:1px dashed var(--line);color:var(--soft);justify-content:center}
.c1{background:var(--c1)}.c2{background:var(--c2)}.c3{background:var(--c3)}.c4{background:var(--c4);color:#fff}.c5{background:var(--c5);color:#fff}
.c0{background:#f0f1f4}
svg{display:block;width:100%;height:auto}
svg rect{fill:var(--c4)}svg line{stroke:var(--line)}svg text{fill:var(--soft);font-size:11px}
table{border-collapse:collapse;width:100%}
th{text-align:left;font-weight:400;color:var(--soft)}
th,td{padding:.4rem .8rem .4rem 0;border-bottom:1px solid var(--line);vertical-align:top}
.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
code{font:.92em ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere;white-space:pre-wrap}
.strip i{display:inline-block;width:.6rem;height:.8rem;margin-right:2px;border-radius:2px}
.story{break-inside:auto}
.story tr,.tactic,.figures{break-inside:avoid}
.found{white-space:nowrap}
@media screen and (max-width:50rem){.matrix{grid-template-columns:repeat(2,minmax(0,1fr))}}
@media print{.cell{font-size:9px}main{max-width:none;padding:0}body{font-size:11px}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}h2{break-after:avoid}}
)css";

} // namespace rulehost
