#include "wire/user_agent_model.hpp"

#include "support/catch.hpp"

using namespace streamstats::wire;

TEST_CASE("the model is the field after Android's version", "[user_agent]") {
    CHECK(model_of("Mozilla/5.0 (Linux; Android 9; ACME 9 Build/PI; wv) AppleWebKit") == "ACME 9");
    CHECK(model_of("Mozilla/5.0 (Linux; Android 9; ACME 9) AppleWebKit") == "ACME 9");
    CHECK(model_of("Mozilla/5.0 (LINUX; ANDROID 9; ACME 9 BUILD/PI)") == "ACME 9");
    CHECK(model_of("Acme/1 (Android/12; ACME 9; en_US)") == "ACME 9");
    CHECK(model_of("Dalvik/2.1.0 (Linux## U## Android 9## ACME 9 Build/PI)") == "ACME 9");
}

TEST_CASE("a language before the model is no model", "[user_agent]") {
    CHECK(model_of("Mozilla/5.0 (Linux; U; Android 4.4; en-us; ACME 9 Build/PI)") == "ACME 9");
    CHECK(model_of("Mozilla/5.0 (Linux; U; Android 4.4; pt_BR; ACME 9)") == "ACME 9");
    CHECK(model_of("Mozilla/5.0 (Linux; U; Android 4.4; de; ACME 9)") == "ACME 9");
    CHECK(model_of("Acme/1 (Linux; Android 11; TV)") == "TV");
}

TEST_CASE("the name of an app is not that of the system", "[user_agent]") {
    CHECK(model_of("com.acme.android.player/1 (Linux; Android 9; ACME 9)") == "ACME 9");
    CHECK(model_of("AcmeAndroidPlayer/1.0").empty());
    CHECK(model_of("Acme (Windows NT 10.0)").empty());
    CHECK(model_of("android").empty());
    CHECK(model_of("Android 9").empty());
    CHECK(model_of("").empty());
}

TEST_CASE("a model that begins with a television's diagonal names a screen size", "[user_agent]") {
    CHECK(names_screen_size("55ACM700"));
    CHECK(names_screen_size("AC-LED43S20B"));
    CHECK(names_screen_size("Acme 65XQ9000"));
}

TEST_CASE("other numbers name no screen size", "[user_agent]") {
    CHECK_FALSE(names_screen_size("56ACM700"));
    CHECK_FALSE(names_screen_size("155ACM700"));
    CHECK_FALSE(names_screen_size("550CM700"));
    CHECK_FALSE(names_screen_size("A55"));
    CHECK_FALSE(names_screen_size("A50Max"));
    CHECK_FALSE(names_screen_size("A55 5G 128"));
    CHECK_FALSE(names_screen_size(""));
    CHECK_FALSE(names_screen_size("5"));
}
