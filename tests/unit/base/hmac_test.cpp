// HMAC-SHA256 by the vectors of its standard.
#include "base/hmac.hpp"

#include <string_view>

#include "support/catch.hpp"

using treino::base::hmac_sha256;

// RFC 4231, sections 4.2 to 4.5, 4.7 and 4.8 (4.6 is of a code that is cut off).
TEST_CASE("hmac_sha256 gives the codes of RFC 4231") {
  const auto of = [](std::string_view key, std::string_view text) {
    return hmac_sha256(std::as_bytes(std::span(key)), std::as_bytes(std::span(text)));
  };
  std::string counted;
  for (char i = 1; i <= 25; ++i) counted += i;
  const std::string long_key(131, '\xaa');
  CHECK(of(std::string(20, '\x0b'), "Hi There") == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(of("Jefe", "what do ya want for nothing?") == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(of(std::string(20, '\xaa'), std::string(50, '\xdd')) ==
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  CHECK(of(counted, std::string(50, '\xcd')) == "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  CHECK(of(long_key, "Test Using Larger Than Block-Size Key - Hash Key First") ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  CHECK(
      of(long_key,
         "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before "
         "being used by the HMAC algorithm.") == "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}
