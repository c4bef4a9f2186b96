// Saves what was typed into the blanks as a file of answers. Without this script, and on paper, the sheet is written on.
(function () {
  const blanks = Array.from(document.querySelectorAll(".blank"));
  const place = document.querySelector(".save");
  const quoted = (text) => '"' + text.replace(/"/g, '""') + '"';
  place.hidden = false;
  place.querySelector("button").addEventListener("click", function () {
    const rows = blanks
      .filter((blank) => blank.value.trim())
      .map((blank) => [blank.classList.contains("long") ? "student" : blank.getAttribute("aria-label"), blank.value.trim()]);
    const lines = [["name", "value"], ...rows].map((row) => row.map(quoted).join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
    link.download = "answers.csv";
    link.click();
    URL.revokeObjectURL(link.href);
    place.querySelector("output").textContent = "answers.csv";
  });
})();
