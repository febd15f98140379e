"use strict";
// What Smartcar's JavaScript SDK does in a page: it wraps the state, opens the popup and waits for its message.
{
  const button = document.getElementById("popup");
  const list = document.getElementById("message");
  const instanceId = crypto.randomUUID();
  const secret = ["code", "state", "userId", "vin", "virtualKeyUrl", "externalId"];

  button.hidden = false;
  button.addEventListener("click", async () => {
    // At once, as long as the click is fresh; otherwise the browser takes it for an advertisement.
    const popup = window.open("", "connect", "popup,width=480,height=760");
    const response = await fetch("/popup/connect", { method: "POST" });
    const { address, state } = await response.json();
    const wrapped = btoa(JSON.stringify({ instanceId, originalState: state }));
    popup.location = `${address}&state=${wrapped}`;
  });

  const isMine = (state) => {
    try {
      return JSON.parse(atob(state)).instanceId === instanceId;
    } catch {
      return false;
    }
  };

  window.addEventListener("message", ({ origin, data }) => {
    if (origin !== location.origin || data?.name !== "SmartcarAuthMessage" || !isMine(data.state)) {
      return;
    }
    const rows = Object.entries(data).map(([name, value]) => {
      const row = document.createElement("div");
      const term = row.appendChild(document.createElement("dt"));
      const detail = row.appendChild(document.createElement("dd"));
      term.textContent = name;
      detail.textContent = value !== null && secret.includes(name) ? "private, not shown" : String(value);
      detail.classList.toggle("private", value !== null && secret.includes(name));
      return row;
    });
    list.replaceChildren(...rows);
    list.hidden = false;
  });
}
