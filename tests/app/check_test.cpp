#include <stdlib.h>

#include <fstream>
#include <sstream>

#include "app/commands.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace streamstats::app;
using streamstats::testing::temporary_directory;

namespace {

struct outcome {
    int code = 0;
    std::string out;
    std::string errors;
};

outcome check_file(const std::string& text) {
    const temporary_directory temporary;
    const std::string path = (temporary.path() / "some.env").string();
    std::ofstream(path) << text;
    std::ostringstream out;
    std::ostringstream errors;
    const int code = check(path, out, errors);
    return {code, out.str(), errors.str()};
}

}  // namespace

TEST_CASE("check shows each setting with its value and where it came from", "[app]") {
    const outcome result = check_file("STREAM_HTTP_PORT=6000\n");
    CHECK(result.code == exit_ok);
    CHECK(result.errors.empty());
    CHECK(result.out.find("STREAM_HTTP_PORT ") != std::string::npos);
    CHECK(result.out.find(" 6000 ") != std::string::npos);
    CHECK(result.out.find("some.env:1\n") != std::string::npos);
    CHECK(result.out.find("The configuration is valid.") != std::string::npos);
}

TEST_CASE("check never shows a secret", "[app]") {
    const outcome result = check_file("STREAM_DB_PASSWORD=hush-hush\n");
    CHECK(result.out.find("(set)") != std::string::npos);
    CHECK((result.out + result.errors).find("hush-hush") == std::string::npos);
}

TEST_CASE("check names everything that is wrong and gives exit code 2", "[app]") {
    const outcome result = check_file("STREAM_HTTP_PORT=x\nSTREAM_LOG_LEVEL=y\nSTREAM_NONSENSE=z\n");
    CHECK(result.code == exit_configuration);
    CHECK(result.errors.find("error: STREAM_HTTP_PORT=x") != std::string::npos);
    CHECK(result.errors.find("error: STREAM_LOG_LEVEL=y") != std::string::npos);
    CHECK(result.errors.find("warning: STREAM_NONSENSE") != std::string::npos);
    CHECK(result.out.empty());
}

TEST_CASE("check looks up the hosts to listen on", "[app]") {
    const outcome result = check_file("STREAM_HTTP_HOST=no.such.host.invalid\nSTREAM_ADMIN_HOST=nor.this.invalid\n");
    CHECK(result.code == exit_configuration);
    CHECK(result.errors.find("STREAM_HTTP_HOST=no.such.host.invalid") != std::string::npos);
    CHECK(result.errors.find("STREAM_ADMIN_HOST") == std::string::npos);
    const outcome both =
        check_file("STREAM_HTTP_HOST=localhost\nSTREAM_ADMIN_HOST=nor.this.invalid\nSTREAM_ADMIN_PORT=1\n");
    CHECK(both.code == exit_configuration);
    CHECK(both.errors.find("STREAM_ADMIN_HOST=nor.this.invalid") != std::string::npos);
}

TEST_CASE("check names what is wrong with the rules for access, and shows no secret", "[app]") {
    const outcome result = check_file(
        "STREAM_WEBHOOK_TOKEN=hush-hush,\nSTREAM_WEBHOOK_SECRET=hush-hush\nSTREAM_WEBHOOK_NETWORKS=10.0.0.1/8\n");
    CHECK(result.code == exit_configuration);
    CHECK(result.errors.find("error: STREAM_WEBHOOK_TOKEN (") != std::string::npos);
    CHECK(result.errors.find("some.env:2): must be whsec_ and base64 in each secret") != std::string::npos);
    CHECK(result.errors.find("some.env:3): `10.0.0.1/8` must not have bits beyond its prefix") != std::string::npos);
    CHECK(result.errors.find("hush-hush") == std::string::npos);
}
