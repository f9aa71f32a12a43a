use application::vault::Receipt;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// That an account was erased, as a page shows it: once, since nobody keeps it.
pub(crate) struct ReceiptView {
    pub(crate) text: String,
    /// The same as the address of a file, so that it can be saved without asking anybody for it again.
    pub(crate) link: String,
}

impl ReceiptView {
    pub(crate) fn of(receipt: &Receipt) -> Self {
        let text = receipt.as_str().to_owned();
        let link = format!("data:application/json,{}", utf8_percent_encode(&text, NON_ALPHANUMERIC));
        Self { text, link }
    }
}
