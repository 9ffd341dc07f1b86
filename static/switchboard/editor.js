/* The text field of a workflow document: line numbers, going to a line, what the Tab key does, and
   what can stand at the cursor, which the server says. */
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
    const state = `${count} ${[...wrong].join()}`;
    if (state !== drawn) {
      drawn = state;
      gutter.textContent = Array.from({ length: count }, (_, at) => (wrong.has(at + 1) ? `! ${at + 1}` : at + 1)).join("\n");
    }
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

  // What can stand at the cursor: a list box that the keys move in while the focus stays here.
  document.querySelector("[data-keys]").hidden = false;
  const box = document.createElement("div");
  box.className = "offers";
  box.hidden = true;
  box.setAttribute("role", "status");
  frame.append(box);
  field.setAttribute("aria-autocomplete", "list");
  let asked = 0;
  let chosen = -1;
  const options = () => [...box.querySelectorAll("[role=option]")];
  const close = () => {
    asked += 1;
    box.hidden = true;
    box.replaceChildren();
    field.removeAttribute("aria-activedescendant");
    field.removeAttribute("aria-controls");
  };
  const choose = (number) => {
    const all = options();
    chosen = all.length ? (number + all.length) % all.length : -1;
    all.forEach((option, at) => option.setAttribute("aria-selected", String(at === chosen)));
    if (chosen < 0) return;
    field.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({ block: "nearest" });
  };
  const take = (option) => {
    const end = field.selectionStart;
    field.focus();
    field.setSelectionRange(end - Number(option.dataset.typed), end);
    close();
    insert(option.dataset.text);
  };
  const ask = async () => {
    asked += 1;
    const mine = asked;
    const said = new FormData(field.form);
    said.set("cursor", String(field.selectionStart));
    const answer = await fetch(field.dataset.offers, { method: "POST", body: said, headers: { "HX-Request": "true" } }).catch(() => null);
    if (mine !== asked || !answer || !answer.ok || answer.redirected) return;
    const text = await answer.text();
    if (mine !== asked) return;
    box.innerHTML = text;
    const line = field.value.slice(0, field.selectionStart).split("\n").length;
    const height = field.scrollHeight / field.value.split("\n").length;
    box.classList.toggle("above", line * height - field.scrollTop > field.clientHeight / 2);
    box.hidden = false;
    if (options().length) field.setAttribute("aria-controls", "offers");
    choose(0);
  };
  field.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.code === "Space") {
      event.preventDefault();
      ask();
      return;
    }
    if (box.hidden) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      leaving = false;
      close();
    } else if (chosen >= 0 && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (chosen >= 0 && event.key === "Enter") {
      event.preventDefault();
      take(options()[chosen]);
    } else if (event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End") close();
  });
  field.addEventListener("input", () => { if (!box.hidden) ask(); });
  field.addEventListener("blur", close);
  box.addEventListener("mousedown", (event) => {
    event.preventDefault(); // the focus stays in the text
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
})();
