//! Both suites against published vectors.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

use vault::suite::{NotAuthentic, Suites};

/// A GCM vector, all in hexadecimal.
struct Gcm {
    suite: u8,
    key: &'static str,
    nonce: &'static str,
    plain: &'static str,
    bound: &'static str,
    sealed: &'static str,
    tag: &'static str,
}

const GCM: &[Gcm] = &[
    // RFC 8998, appendix A.1 (SM4-GCM).
    Gcm {
        suite: 2,
        key: "0123456789abcdeffedcba9876543210",
        nonce: "00001234567800000000abcd",
        plain: "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd\
            eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        bound: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        sealed: "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735\
            d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d",
        tag: "83de3541e4c2b58177e065a9bf7b62ec",
    },
    // The GCM specification submitted to NIST (McGrew and Viega), appendix B, test cases 13 to 16.
    Gcm {
        suite: 1,
        key: "0000000000000000000000000000000000000000000000000000000000000000",
        nonce: "000000000000000000000000",
        plain: "",
        bound: "",
        sealed: "",
        tag: "530f8afbc74536b9a963b4f1c4cb738b",
    },
    Gcm {
        suite: 1,
        key: "0000000000000000000000000000000000000000000000000000000000000000",
        nonce: "000000000000000000000000",
        plain: "00000000000000000000000000000000",
        bound: "",
        sealed: "cea7403d4d606b6e074ec5d3baf39d18",
        tag: "d0d1c8a799996bf0265b98b5d48ab919",
    },
    Gcm {
        suite: 1,
        key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
        nonce: "cafebabefacedbaddecaf888",
        plain: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
            1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        bound: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        sealed: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
            8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        tag: "76fc6ece0f4e1768cddf8853bb2d551b",
    },
];

/// A vector of a keyed digest: suite, key, text, digest in hexadecimal.
const DIGESTS: &[(u8, &[u8], &[u8], &str)] = &[
    // RFC 4231, test cases 1 and 2 (HMAC-SHA-256).
    (
        1,
        &[0x0b; 20],
        b"Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ),
    (
        1,
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    // GM/T 0042-2015, appendix D.3 (HMAC-SM3), as OpenSSL tests them too.
    (
        2,
        &[
            1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
            27, 28, 29, 30, 31, 32,
        ],
        b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq\
          abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a",
    ),
    (
        2,
        b"Jefe",
        b"what do ya want for nothing?",
        "2e87f1d16862e6d964b50a5200bf2b10b764faa9680a296a2405f24bec39f882",
    ),
];

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex
        .chars()
        .map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap())
        .collect();
    digits.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect()
}

#[test]
fn both_ciphers_give_the_published_ciphertexts_and_open_them() {
    for vector in GCM {
        let suite = Suites::standard().by_number(vector.suite).unwrap();
        let cipher = suite.cipher(&bytes(vector.key)).unwrap();
        let (nonce, bound) = (bytes(vector.nonce).try_into().unwrap(), bytes(vector.bound));
        let mut body = bytes(vector.plain);
        let tag = cipher.seal(&nonce, &bound, &mut body);
        assert_eq!(
            (&body, tag.to_vec()),
            (&bytes(vector.sealed), bytes(vector.tag)),
            "suite {}",
            vector.suite
        );
        let mut wrong = tag;
        wrong[0] ^= 1;
        assert_eq!(cipher.open(&nonce, &bound, &mut body, &wrong), Err(NotAuthentic));
        assert_eq!(cipher.open(&nonce, &bound, &mut body, &tag), Ok(()));
        assert_eq!(body, bytes(vector.plain));
    }
}

#[test]
fn both_digests_give_the_published_values() {
    for (suite, key, text, wanted) in DIGESTS {
        let digest = Suites::standard().by_number(*suite).unwrap().digest(key).unwrap();
        assert_eq!(digest.of(&[text]), bytes(wanted), "suite {suite}");
        let (head, tail) = text.split_at(3);
        assert_eq!(digest.of(&[head, tail]), bytes(wanted));
    }
}

#[test]
fn a_key_of_another_length_is_refused() {
    for (number, length) in [(1, 32), (2, 16)] {
        let suite = Suites::standard().by_number(number).unwrap();
        assert_eq!(suite.key_length(), length);
        assert!(suite.cipher(&vec![1; length - 1]).is_none());
        assert!(suite.cipher(&vec![1; length + 1]).is_none());
    }
}
