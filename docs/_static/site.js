// What is too wide for the page scrolls in its own box, and the keyboard gets there; names that the theme leaves out.
(function () {
  function mark() {
    for (const box of document.querySelectorAll(".math.block, .equation, .trace, .table-wrapper, .highlight pre")) {
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
  window.addEventListener("resize", mark);
  document.addEventListener("DOMContentLoaded", () => { name(); document.fonts.ready.then(mark); });
})();
