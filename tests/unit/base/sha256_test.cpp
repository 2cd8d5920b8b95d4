// SHA-256 by the vectors of its standard.
#include "base/sha256.hpp"

#include <string_view>

#include "support/catch.hpp"

using treino::base::sha256;

// FIPS 180-2, appendix B, and the well-known digest of nothing.
TEST_CASE("sha256 gives the standard's digests") {
  const auto of = [](std::string_view text) { return sha256(std::as_bytes(std::span(text))); };
  CHECK(of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(of(std::string(1'000'000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
