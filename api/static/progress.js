// Shows how a batch goes on without loading the page again. Without it, the page renews itself.
"use strict";

const shown = document.querySelector("[data-events]");

if (shown) {
  const events = new EventSource(shown.dataset.events);
  const show = (event) => {
    const told = JSON.parse(event.data);
    shown.querySelector("progress").value = told.done;
    for (const [state, count] of Object.entries(told.counts)) {
      shown.querySelector(`[data-state="${state}"]`).textContent = count;
    }
  };
  events.addEventListener("message", show);
  events.addEventListener("end", (event) => {
    events.close();
    show(event);
    location.reload();
  });
}
