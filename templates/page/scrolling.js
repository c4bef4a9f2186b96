// What is too wide for the page scrolls in its own box; the keyboard has to get there too.
(function () {
  function mark() {
    for (const box of document.querySelectorAll(".formula, .table, .wide, pre, figure")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }
  window.addEventListener("resize", mark);
  window.addEventListener("hashchange", mark);
  document.addEventListener("step", mark);
  document.fonts.ready.then(mark);
  mark();
})();
