"use strict";
(() => {
  const root = document.documentElement;
  const kept = {
    get(name) { try { return localStorage.getItem(name); } catch { return null; } },
    set(name, value) { try { localStorage.setItem(name, value); } catch { /* a page from a mail may keep nothing */ } },
  };
  const language = document.getElementById("language");
  const theme = document.getElementById("theme");
  const said = document.getElementById("said");
  root.classList.add("js");

  const speak = (name) => {
    root.lang = root.dataset.lang = name;
    document.title = name === "zh" ? root.dataset.titleZh : root.dataset.titleEn;
    language.textContent = name === "zh" ? "English" : "中文";
    language.lang = name === "zh" ? "en" : "zh";
  };
  const paint = (name) => { root.dataset.theme = name; };
  const asked = kept.get("wdh-lang") || (navigator.language || "").slice(0, 2);
  speak(asked === "zh" ? "zh" : "en");
  paint(kept.get("wdh-theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
  language.addEventListener("click", () => {
    const name = root.dataset.lang === "zh" ? "en" : "zh";
    speak(name);
    kept.set("wdh-lang", name);
  });
  theme.addEventListener("click", () => {
    const name = root.dataset.theme === "dark" ? "light" : "dark";
    paint(name);
    kept.set("wdh-theme", name);
  });

  for (const field of document.querySelectorAll("[data-find]")) {
    const rows = [...document.getElementById(field.dataset.find).tBodies[0].rows];
    let texts = null;
    const output = field.nextElementSibling;
    const find = () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      texts ??= rows.map((row) => row.textContent.toLowerCase());
      rows.forEach((row, place) => {
        row.hidden = !words.every((word) => texts[place].includes(word));
        shown += row.hidden ? 0 : 1;
      });
      tell(shown);
    };
    const tell = (shown) => {
      output.textContent = `${shown.toLocaleString("en")} / ${rows.length.toLocaleString("en")}`;
    };
    field.addEventListener("input", find);
    tell(rows.length);
  }

  for (const box of document.querySelectorAll(".charts .scroll")) {
    box.scrollLeft = box.scrollWidth; // the latest months are at the right
  }

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const field = document.createElement("textarea");
      field.value = text;
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
  };
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      await copy(document.getElementById(button.dataset.copy).textContent);
      button.classList.add("copied");
      said.textContent = button.querySelector(`.done [lang=${root.lang}]`).textContent;
      setTimeout(() => { button.classList.remove("copied"); said.textContent = ""; }, 2000);
    });
  }

  addEventListener("keydown", (event) => {
    if (event.target.matches("input")) {
      if (event.key === "Escape") { event.target.value = ""; event.target.dispatchEvent(new Event("input")); }
      return;
    }
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const field = document.querySelector("[data-find]");
      if (field) { event.preventDefault(); field.focus(); }
    }
  });
})();
