/* The text field of a workflow document: line numbers, going to a line, what the Tab key does. */
"use strict";
(() => {
  const frame = document.querySelector("[data-editor]");
  if (!frame) return;
  const field = frame.querySelector("textarea");
  const panel = document.getElementById("checked");

  const gutter = document.createElement("pre");
  gutter.className = "gutter";
  gutter.setAttribute("aria-hidden", "true");
  frame.prepend(gutter);
  let drawn = "";
  const draw = () => {
    const count = field.value.split("\n").length;
    const wrong = new Set([...panel.querySelectorAll("a[data-line]")].map((link) => Number(link.dataset.line)));
    let text = "";
    for (let line = 1; line <= count; line += 1) text += `${wrong.has(line) ? "! " : ""}${line}\n`;
    if (text !== drawn) gutter.textContent = drawn = text;
    gutter.scrollTop = field.scrollTop;
  };
  field.addEventListener("input", draw);
  field.addEventListener("scroll", () => { gutter.scrollTop = field.scrollTop; });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== panel) return;
    field.toggleAttribute("aria-invalid", false);
    if (panel.querySelector("a[data-line]")) field.setAttribute("aria-invalid", "true");
    draw();
  });
  draw();

  const goTo = (line) => {
    const lines = field.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    field.focus();
    field.setSelectionRange(start, start + (lines[line - 1] || "").length);
    field.scrollTop = Math.max(0, (line - 4) * (field.scrollHeight / lines.length));
  };
  panel.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-line]");
    if (!link) return;
    event.preventDefault();
    goTo(Number(link.dataset.line));
  });

  // The Tab key leaves the field, as everywhere. Who wants it to indent says so, and leaves with Esc.
  const choice = document.querySelector("[data-tabs]");
  const indents = choice.querySelector("input");
  choice.hidden = false;
  let leaving = false;
  const insert = (text) => {
    // The old command is the one that “undo” knows of.
    if (!document.execCommand("insertText", false, text)) field.setRangeText(text);
  };
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leaving = true;
    else if (event.key !== "Tab") leaving = false;
    else if (indents.checked && !leaving && !event.shiftKey) {
      event.preventDefault();
      insert("  ");
    }
  });
  field.addEventListener("blur", () => { leaving = false; });
})();
