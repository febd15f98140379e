"use strict";
// Does what Smartcar's JavaScript SDK does in a page: wraps the state, opens the popup and waits for its message. Then it
// opens the page for the outcome, as without a popup.
{
  // A page without the button starts no flow, but can show how one ended.
  const button = document.getElementById("popup");
  const status = document.getElementById("status");
  const instanceId = crypto.randomUUID();
  // The other fields are personal data.
  const shown = ["name", "isSmartcarHosted", "error", "errorDescription"];
  let popup;
  let polling;

  const say = (text) => {
    status.textContent = text;
  };

  // Opens the next page, which shows `news` about the popup.
  const goOn = (address, news) => {
    clearInterval(polling);
    sessionStorage.setItem("popup", JSON.stringify(news));
    location.assign(address);
  };

  // A popup that is closed, or whose callback is rejected, sends no message. If it was closed on two checks in a row, no
  // message is on its way.
  const waitForTheEnd = () => {
    let found = 0;
    clearInterval(polling);
    polling = setInterval(() => {
      found = popup.closed ? found + 1 : 0;
      if (found === 2) {
        goOn("/", { ended: "The popup closed without a result, so your car may not be connected." });
      }
    }, 500);
  };

  const connect = async () => {
    // Before anything that takes time: browsers block popups that open too long after the click.
    popup = window.open("", "connect", "popup,width=480,height=760");
    if (!popup) {
      say("Your browser blocked the popup. Allow popups for this page, or connect without one.");
      return;
    }
    say("Continue in the new window.");
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
      say("We couldn’t start, so we closed the popup. Please try again in a few minutes.");
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
    // JSON leaves `undefined` out, so private values are not stored.
    const message = Object.entries(data).map(([name, value]) => ({
      name,
      text: value === null || shown.includes(name) ? String(value) : undefined,
    }));
    const known = button.dataset.codes.split(" ").includes(data.error);
    const address = data.error === null ? "/?connected=1" : `/?connect_error=${known ? data.error : "unknown"}`;
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
