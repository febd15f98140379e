"use strict";
{
  const { message, origin } = document.body.dataset;
  history.replaceState(null, "", location.pathname);
  if (window.opener) {
    window.opener.postMessage(JSON.parse(message), origin || location.origin);
    document.getElementById("lost").hidden = true;
    document.getElementById("sent").hidden = false;
    window.close();
  }
}
