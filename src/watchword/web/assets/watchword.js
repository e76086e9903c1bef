// Two comforts. Every page works without them.
"use strict";

function reveal(button) {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  const show = (visible) => {
    input.type = visible ? "text" : "password";
    button.textContent = visible ? "Hide" : "Show";
    button.setAttribute("aria-label", `${button.textContent} ${button.dataset.label}`);
  };
  button.hidden = false;
  button.addEventListener("click", () => show(input.type === "password"));
  // A shown password must not be remembered by the browser as ordinary text.
  input.form.addEventListener("submit", () => show(false));
}

function sendOnce(form) {
  const button = form.querySelector("button[type=submit]");
  const mark = (sent) => button.setAttribute("aria-disabled", String(sent));
  form.addEventListener("submit", (event) => {
    if (button.getAttribute("aria-disabled") === "true") event.preventDefault();
    else mark(true);
  });
  // Coming back with the browser's back button, or after a lost answer, it can be sent again.
  window.addEventListener("pageshow", () => mark(false));
}

document.querySelectorAll(".watchword .reveal").forEach(reveal);
document.querySelectorAll(".watchword form").forEach(sendOnce);
