// Shows one section at a time. Without this script, and on paper, all of them stand there.
(function () {
  const sections = Array.from(document.querySelectorAll("main > section"));
  const controls = document.querySelector(".controls");
  const range = controls.querySelector("input");
  const output = controls.querySelector("output");
  const [back, next] = controls.querySelectorAll("button");
  let current = 0;

  function show(number, say) {
    current = Math.min(Math.max(number, 0), sections.length - 1);
    sections.forEach((section, place) => section.classList.toggle("current", place === current));
    document.documentElement.classList.toggle("at-title", current === 0);
    const title = sections[current].dataset.title;
    range.value = current + 1;
    range.setAttribute("aria-valuetext", title);
    output.textContent = current + 1 + " / " + sections.length + ": " + title;
    back.disabled = current === 0;
    next.disabled = current === sections.length - 1;
    document.dispatchEvent(new Event("step"));
    if (say) {
      history.replaceState(null, "", "#" + sections[current].id);
      window.scrollTo(0, 0);
    }
  }

  function named(hash) {
    const found = document.getElementById(hash);
    if (found) return found;
    try {
      return document.getElementById(decodeURIComponent(hash));
    } catch {
      return null; // a % that stands for nothing
    }
  }

  // A link to anything opens the section that it is in. A page in a frame does not draw the page around it to itself
  // when it is opened, only when its reader follows a link.
  function open(event) {
    const target = named(location.hash.slice(1));
    const place = sections.findIndex((section) => target && section.contains(target));
    show(place < 0 ? current : place, false);
    if (place < 0 || (!event && window.parent !== window)) return;
    if (sections[place] === target) window.scrollTo(0, 0);
    else target.scrollIntoView();
  }

  // A section is a page of its own, under the title: the levels of its headings begin at 2.
  for (const section of sections.slice(1)) {
    const headings = Array.from(section.querySelectorAll("h2, h3, h4, h5, h6"));
    const levels = headings.map((heading) => Number(heading.tagName[1]));
    const above = Math.min(...levels) - 2;
    if (above > 0) headings.forEach((heading, place) => heading.setAttribute("aria-level", levels[place] - above));
  }
  document.documentElement.classList.add("stepping");
  controls.hidden = false;
  controls.addEventListener("click", (event) => {
    const go = event.target.dataset.go;
    if (go) show(current + Number(go), true);
  });
  range.addEventListener("input", () => show(range.value - 1, true));
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target === range) return;
    const scrolls = event.target.scrollWidth > event.target.clientWidth && event.target !== document.body;
    if (scrolls) return;
    const go = { ArrowRight: 1, ArrowLeft: -1, PageDown: 1, PageUp: -1, Home: -sections.length, End: sections.length };
    if (!(event.key in go)) return;
    event.preventDefault();
    show(current + go[event.key], true);
  });
  window.addEventListener("hashchange", open);
  open();
})();
