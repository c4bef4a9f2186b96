// What is too wide for the page scrolls in its own box, and the keyboard gets there; names that the theme leaves out;
// pictures in a page are light or dark as the page is, not as the system is.
(function () {
  function mark() {
    for (const box of document.querySelectorAll(".math.block, .equation, .trace, .trace .table, .table-wrapper, .highlight pre")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }
  function name() {
    for (const caption of document.querySelectorAll("p.caption[role=heading]")) caption.setAttribute("aria-level", "2");
    document.querySelector("aside.sidebar-drawer")?.setAttribute("aria-label", "Site");
    document.querySelector("aside.toc-drawer")?.setAttribute("aria-label", "Page");
    mark();
  }
  function colour() {
    const media = { dark: "all", light: "not all" }[document.body.dataset.theme] || "(prefers-color-scheme: dark)";
    for (const style of document.querySelectorAll("svg style")) {
      for (const rule of style.sheet.cssRules) if (rule instanceof CSSMediaRule) rule.media.mediaText = media;
    }
  }
  window.addEventListener("resize", mark);
  document.addEventListener("DOMContentLoaded", () => {
    name();
    colour();
    new MutationObserver(colour).observe(document.body, { attributeFilter: ["data-theme"] });
    document.fonts.ready.then(mark);
  });
})();
