// Renews the part of a page that waits for an answer, and leads to the answer when it is there.
"use strict";

const again = async () => {
  const waiting = document.querySelector("[data-waits]");
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.querySelector("[data-waits]");
      if (!now) {
        location.replace(answer.url);
        return;
      }
      waiting.replaceChildren(...now.childNodes);
    }
  } catch {
    // The line is down just now: asked again later.
  }
  setTimeout(again, 3000);
};

if (document.querySelector("[data-waits]")) setTimeout(again, 3000);
