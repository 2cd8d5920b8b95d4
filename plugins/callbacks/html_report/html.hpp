// Pieces of a page in HTML: its style, cells, numbers as text.
#pragma once
#include <treino/abi.h>

#include <cstdint>
#include <string>
#include <treino/kit/text.hpp>

namespace html_report {

using treino::escaped;

constexpr const char* style = R"css(
:root { color-scheme: light; }
body { margin: 0; background: #f4f5f7; color: #222; font: 15px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 28px 20px 48px; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 32px 0 10px; }
.reason { color: #555; margin: 0 0 18px; }
.outcome { display: inline-block; margin-left: 10px; padding: 2px 12px; border-radius: 12px; font-size: 14px; font-weight: 600; vertical-align: middle; }
.good { background: #d8efe4; color: #00563c; } .cut { background: #fcefd2; color: #6b4a00; } .bad { background: #fbdfd3; color: #8a2f00; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 10px; }
.facts div, .card { background: #fff; border: 1px solid #e2e4e8; border-radius: 8px; }
.facts div { padding: 10px 14px; overflow-wrap: anywhere; } .facts b { display: block; font-size: 18px; } .facts span { color: #666; font-size: 13px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 500px), 1fr)); gap: 14px; }
.card { padding: 8px; overflow-x: auto; } .card svg { width: 100%; height: auto; display: block; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 12px; text-align: right; border-bottom: 1px solid #eceef1; } th { color: #555; font-weight: 600; font-size: 13px; }
th:first-child, td:first-child, .left { text-align: left; } tr:last-child td { border-bottom: 0; }
.settings { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)); gap: 14px; align-items: start; }
.settings h3 { font-size: 14px; margin: 4px 12px; } .settings td { text-align: left; font-size: 13px; overflow-wrap: anywhere; }
.settings td + td { white-space: pre-wrap; font-family: ui-monospace, "DejaVu Sans Mono", monospace; }
footer { margin-top: 28px; color: #777; font-size: 13px; }
)css";

inline std::string cell(const std::string& text, bool left = false) {
  return std::string("<td") + (left ? " class=\"left\"" : "") + ">" + escaped(text) + "</td>";
}
inline std::string fact(const std::string& value, const std::string& name) {
  return "<div><b>" + escaped(value) + "</b><span>" + escaped(name) + "</span></div>\n";
}

inline std::string shape_text(const treino_layer_info& layer) {
  std::string text;
  for (std::uint64_t i = 0; i < layer.output_rank; ++i)
    text += (i == 0 ? "" : " \u00D7 ") + std::to_string(layer.output_shape[i]);
  return text;
}

}  // namespace html_report
