// Ends flows that Smartcar's Node.js SDK starts, at the simulator.
//
// The SDK reads the origin of Connect from SMARTCAR_API_ORIGIN, and that of the code exchange from
// SMARTCAR_AUTH_ORIGIN.

import assert from "node:assert/strict";
import smartcar from "smartcar";

const { APPLICATION_ID, REDIRECT_URI, SMARTCAR_CONNECT_ORIGIN } = process.env;
process.env.SMARTCAR_API_ORIGIN = SMARTCAR_CONNECT_ORIGIN;
process.env.SMARTCAR_AUTH_ORIGIN = SMARTCAR_CONNECT_ORIGIN;
const STATE = "the app’s state";

const client = new smartcar.AuthClient({
  clientId: APPLICATION_ID,
  clientSecret: "not-used",
  redirectUri: REDIRECT_URI,
  mode: "simulated",
});
const address = client.getAuthUrl(["required:read_vehicle_info", "read_odometer"], {
  state: STATE,
  forcePrompt: true,
  makeBypass: "TESLA",
  singleSelect: { vin: "5YJSA1E14FF101307" },
  flags: { country: "DE" },
  user: "user 7",
});
assert.ok(address.startsWith(`${SMARTCAR_CONNECT_ORIGIN}/`), address);

/** Ends a flow, and returns the parameters of its callback. */
async function end(outcome) {
  const response = await fetch(`${address}&simulated_outcome=${outcome}`, { redirect: "manual" });
  assert.equal(response.status, 302, await response.text());
  const callback = new URL(response.headers.get("location"));
  assert.equal(callback.origin + callback.pathname, REDIRECT_URI);
  return callback.searchParams;
}

const page = await (await fetch(address)).text();
const outcomes = [...page.matchAll(/class="end[^>]*simulated_outcome=([\w.]+)"/g)].map(([, name]) => name);
assert.ok(outcomes.includes("authorization_code"), page);
for (const outcome of outcomes) {
  const parameters = await end(outcome);
  assert.equal(parameters.get("state"), outcome.endsWith(".without_state") ? null : STATE, outcome);
  // A success is named for its first parameter, and an error for its code.
  const [name] = outcome.split(".");
  const result = parameters.get(name === "authorization_code" ? "code" : name) ?? parameters.get("error");
  assert.ok(result, `${outcome}: ${parameters}`);
  assert.equal(parameters.has("error"), result === name, outcome);
  console.log(`Node.js, ${outcome}: ${parameters}`);
}

// The simulator exchanges no code. The SDK passes on what it says.
const exchange = client.exchangeCode((await end("authorization_code")).get("code"));
const { statusCode, message } = await exchange.catch((error) => error);
assert.equal(statusCode, 404, message);
assert.match(message, /use Smartcar's own API/);
console.log(`Node.js, a code exchange: ${message}`);
