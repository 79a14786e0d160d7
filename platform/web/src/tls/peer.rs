//! What a client's certificate shows of itself.

use auth::Shown;
use tokio_rustls::rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

/// Its hash, and the DNS names and URIs among its subject alternative names. The
/// subject's common name does not count: since RFC 6125 it is no identity.
#[must_use]
pub fn shown(der: &CertificateDer<'_>) -> Shown {
    let names = match EndEntityCert::try_from(der) {
        Ok(read) => read
            .valid_dns_names()
            .chain(read.valid_uri_names())
            .map(str::to_owned)
            .collect(),
        Err(_) => Vec::new(),
    };
    Shown::of(der, names)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, KeyPair, SanType};

    use super::*;

    #[test]
    fn dns_names_and_uris_are_shown() {
        let mut params = CertificateParams::new(vec!["gateway.bank.example".to_owned()]).unwrap();
        let uri = "spiffe://bank.example/gateway".try_into().unwrap();
        params.subject_alt_names.push(SanType::URI(uri));
        let made = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let shown = shown(made.der());
        assert_eq!(
            shown.names,
            ["gateway.bank.example", "spiffe://bank.example/gateway"]
        );
    }

    proptest! {
        #[test]
        fn no_bytes_are_more_than_a_nameless_certificate(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            at in 0_usize..300,
            flip in 1_u8..,
        ) {
            prop_assert!(shown(&CertificateDer::from(bytes)).names.is_empty());
            let key = KeyPair::generate().unwrap();
            let made = CertificateParams::new(vec!["a.example".to_owned()]).unwrap().self_signed(&key).unwrap();
            let mut der = made.der().to_vec();
            let at = at % der.len();
            der[at] ^= flip;
            prop_assert!(shown(&CertificateDer::from(der)).names.len() <= 1);
        }
    }
}
