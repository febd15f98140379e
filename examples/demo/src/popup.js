"use strict";
// What Smartcar's JavaScript SDK does in a page: it wraps the state, opens the popup and waits for its message. Then the
// garage goes on as it does without a popup, on the page that the server has for the outcome.
{
  // A page without the button begins nothing, but can show what has ended.
  const button = document.getElementById("popup");
  const status = document.getElementById("status");
  const instanceId = crypto.randomUUID();
  // Everything else in a message is the owner's.
  const shown = ["name", "isSmartcarHosted", "error", "errorDescription"];
  let popup;
  let polling;

  const say = (text) => {
    status.textContent = text;
  };

  // What the next page shows of the popup.
  const goOn = (address, news) => {
    clearInterval(polling);
    sessionStorage.setItem("popup", JSON.stringify(news));
    location.assign(address);
  };

  // A popup that is closed sends nothing, and one that is refused sends nothing either. A message that is on its way has
  // arrived when it is found closed a second time.
  const waitForTheEnd = () => {
    let found = 0;
    clearInterval(polling);
    polling = setInterval(() => {
      found = popup.closed ? found + 1 : 0;
      if (found === 2) {
        goOn("/", { ended: "The popup ended without a message, so your car may not be connected." });
      }
    }, 500);
  };

  const connect = async () => {
    // At once, as long as the click is fresh; otherwise the browser takes it for an advertisement.
    popup = window.open("", "connect", "popup,width=480,height=760");
    if (!popup) {
      say("Your browser blocked the popup. Allow popups for this page, or connect without one.");
      return;
    }
    say("Go on in the window that has opened.");
    try {
      const response = await fetch("/popup/connect", { method: "POST", headers: { accept: "application/json" } });
      if (!response.ok) {
        throw new Error(`the status is ${response.status}`);
      }
      const { url, state } = await response.json();
      const address = url.slice(0, url.lastIndexOf("&state="));
      popup.location = `${address}&state=${btoa(JSON.stringify({ instanceId, originalState: state }))}`;
      waitForTheEnd();
    } catch {
      popup.close();
      say("The popup cannot go on at the moment, so it was closed. Please try again in a few minutes.");
    }
  };

  const isMine = (state) => {
    try {
      return JSON.parse(atob(state)).instanceId === instanceId;
    } catch {
      return false;
    }
  };

  const receive = ({ origin, data }) => {
    if (origin !== location.origin || data?.name !== "SmartcarAuthMessage" || !isMine(data.state)) {
      return;
    }
    // `undefined` is left out of JSON, so no private text is kept.
    const message = Object.entries(data).map(([name, value]) => ({
      name,
      text: value === null || shown.includes(name) ? String(value) : undefined,
    }));
    const known = button.dataset.codes.split(" ").includes(data.error);
    const address = data.error === null ? "/?connected=yes" : `/?connect_error=${known ? data.error : "unknown"}`;
    goOn(address, { message });
  };

  const show = (message) => {
    const section = document.getElementById("message");
    const rows = message.map(({ name, text }) => {
      const row = document.createElement("div");
      const term = row.appendChild(document.createElement("dt"));
      const detail = row.appendChild(document.createElement("dd"));
      term.appendChild(document.createElement("code")).textContent = name;
      detail.textContent = text ?? "private, not shown";
      detail.classList.toggle("private", text === undefined);
      return row;
    });
    section.querySelector("dl").replaceChildren(...rows);
    section.hidden = false;
  };

  if (button) {
    button.hidden = false;
    button.addEventListener("click", connect);
    window.addEventListener("message", receive);
  }
  const { message, ended } = JSON.parse(sessionStorage.getItem("popup") ?? "{}");
  sessionStorage.removeItem("popup");
  if (message) {
    show(message);
  }
  if (ended) {
    say(ended);
  }
}
