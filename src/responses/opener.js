addEventListener("message", ({ data, origin }) => {
  if (origin !== "https://api.example.com" || data?.name !== "ConnectEnded") {
    return;
  }
  if (data.connectError === null) {
    // This page asks your server which vehicles are connected.
    location.assign("/garage");
  } else {
    document.getElementById("status").textContent =
      data.connectError === "access_denied"
        ? "You can connect your car whenever you like."
        : "Your car isn’t connected. Please try again.";
  }
});
