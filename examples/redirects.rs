//! Reads the redirects in Smartcar's documentation, and prints what an app learns from each.
//!
//! Pass your own redirects as arguments to try them:
//!
//! ```text
//! cargo run --example redirects
//! cargo run --example redirects -- 'https://example.com/callback?error=access_denied&state=0facda3319'
//! ```

use http::{Method, Uri};
use tower_smartcar_connect::ConnectOutcome;
use tower_smartcar_connect::paths::CallbackPaths;

/// From Smartcar's documentation. The last one is forged.
const REDIRECTS: [&str; 8] = [
    "https://example.com/callback?error=oem_cancelled_login&the%20user%20did%20not%20complete%20authorization%20with%20the%20OEM",
    "https://example.com/home?error=access_denied&error_description=User+denied+access+to+application.&state=0facda3319",
    "https://example.com/callback?error=configuration_error&error_description=There%20has%20been%20an%20error%20in%20the%20configuration%20of%20your%20application.&status_code=400&error_message=You%20have%20entered%20a%20test%20mode%20VIN.%20Please%20enter%20a%20VIN%20that%20belongs%20to%20a%20real%20vehicle.",
    "https://example.com/callback?error=no_vehicles&error_description=No%20vehicles%20found.%20Please%20add%20vehicles%20to%20your%20account%20and%20try%20again.",
    "https://example.com/home?code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad&state=0facda3319",
    "https://example.com/home?user_id=725146a3-69f4-46c8-965d-54b3b6f81eb7&state=0facda3319",
    "https://example.com/home?vehicle_id=sc4a1b01e5-0497-417c-a30e-6df6ba33ba46&state=0facda3319",
    "https://example.com/callback?error=access_denied&code=90abecb6-e7ab-4b85-864a-e1c8bf67f2ad",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut redirects: Vec<String> = std::env::args().skip(1).collect();
    if redirects.is_empty() {
        redirects = REDIRECTS.map(str::to_owned).to_vec();
    }

    let paths = CallbackPaths::new(["/callback", "/home"]);
    for redirect in redirects {
        let uri: Uri = redirect.parse()?;
        println!("{redirect}");
        match paths.read(&Method::GET, &uri) {
            Ok(None) => println!("  not a callback\n"),
            Err(rejected) => println!("  {rejected}\n"),
            // This is all that happens with the outcome, so its `state` does not matter.
            Ok(Some(callback)) => match callback.into_unverified().skip_verification() {
                ConnectOutcome::Success(success) => println!("  success: {success:?}\n"),
                ConnectOutcome::Error(error) if error.code().is_owner_exit() => {
                    println!("  the owner left: {error}\n");
                }
                ConnectOutcome::Error(error) => println!("  error: {error}\n"),
            },
        }
    }
    Ok(())
}
