#include <string>

#include "http/budget.hpp"
#include "http/buffer_pool.hpp"
#include "http/chunked.hpp"
#include "http/gzip_text.hpp"
#include "http/inflate.hpp"
#include "http/webhook.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::http;
using streamstats::http::testing::gzip_text;

namespace {

struct chunked_outcome {
    chunk_state state;
    std::string body;
    std::size_t taken;
};

chunked_outcome read_chunks(std::string_view bytes, std::size_t piece, std::size_t body_bytes_max = 100) {
    chunk_reader reader{body_bytes_max};
    std::string body;
    std::size_t taken = 0;
    while (taken < bytes.size() && reader.state() == chunk_state::more)
        taken += reader.take(bytes.substr(taken, piece), body);
    return {reader.state(), body, taken};
}

chunk_state state_of(const std::string& bytes) {
    const auto at_once = read_chunks(bytes, bytes.size());
    CHECK(read_chunks(bytes, 1).state == at_once.state);
    return at_once.state;
}

inflate_outcome unpack(std::string_view bytes, std::size_t bytes_max, std::string& text) {
    byte_budget budget{1 << 30};
    byte_claim claim{budget};
    return inflate_gzip(bytes, bytes_max, claim, text);
}

}  // namespace

TEST_CASE("a buffer that grew for a large body keeps what came behind it, and the room of a usual one", "[http]") {
    beast::flat_buffer buffer;
    buffer.reserve(16UL * 1024 * 1024);
    const std::string text = "POST /";
    buffer.commit(asio::buffer_copy(buffer.prepare(text.size()), asio::buffer(text)));
    buffer_pool::shrink(buffer);
    CHECK(buffer.capacity() == buffer_pool::buffer_bytes);
    CHECK(std::string_view{static_cast<const char*>(buffer.cdata().data()), buffer.size()} == text);
    buffer.reserve(2 * buffer_pool::buffer_bytes);
    buffer.commit(2 * buffer_pool::buffer_bytes - buffer.size());
    buffer_pool::shrink(buffer);
    CHECK(buffer.size() == 2 * buffer_pool::buffer_bytes);
}

TEST_CASE("chunks are put together, wherever the pieces that arrive are cut", "[http]") {
    const std::string bytes = "5\r\nhello\r\nA;name=\"x\"\r\n0123456789\r\n000\r\n\r\nGET";
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        CAPTURE(piece);
        const auto outcome = read_chunks(bytes, piece);
        CHECK(outcome.state == chunk_state::whole);
        CHECK(outcome.body == "hello0123456789");
        CHECK(outcome.taken == bytes.size() - 3);
    }
}

TEST_CASE("chunks that are not exactly as they must be are refused", "[http]") {
    CHECK(state_of("0\r\n\r\n") == chunk_state::whole);
    for (const std::string bytes :
         {"\r\n", "g\r\n", "-1\r\n", "+1\r\n", "0x1\r\n", " 1\r\n", "1 \r\n", "1\n", "1\rx", ";a\r\n", "123456789",
          "1\r\nab", "1\r\na\n", "1\r\na\rb", "0\r\nX: y\r\n\r\n", "0\r\n\n", "0\r\n\rX", "1;a\nb\r\n"}) {
        CAPTURE(bytes);
        CHECK(state_of(bytes) == chunk_state::broken);
    }
}

TEST_CASE("a chunk extension has a name, and maybe a value", "[http]") {
    const auto with = [](const std::string& extension) { return "1" + extension + "\r\na\r\n0\r\n\r\n"; };
    for (const std::string extension :
         {";a", ";a=b", ";a=\"b c;\\\"\\\\\"", ";a;b=c;d", " ; a = b ; c", ";a=\"\"", ";a=\"\xff\";b"}) {
        CAPTURE(extension);
        CHECK(state_of(with(extension)) == chunk_state::whole);
    }
    for (const std::string extension :
         {";", ";;", ";a;", ";=b", ";a=", ";a=;b", ";a b", ";a=b c", " a", ";a ", ";a=\"b", ";a=\"b\"c", ";a=b\"c\"",
          ";a\x01", ";a=\"\x01\"", ";a=\"\\\x01\"", ";\xff"}) {
        CAPTURE(extension);
        CHECK(state_of(with(extension)) == chunk_state::broken);
    }
    CHECK(state_of(with(std::string(";a\0", 3))) == chunk_state::broken);
}

TEST_CASE("a chunked body may be as long as the limit and not longer", "[http]") {
    const auto body_of = [](std::size_t size) {
        return "32\r\n" + std::string(50, 'a') + "\r\n" + (size == 100 ? "32" : "33") + "\r\n" +
               std::string(size - 50, 'b') + "\r\n0\r\n\r\n";
    };
    CHECK(state_of(body_of(100)) == chunk_state::whole);
    CHECK(state_of(body_of(101)) == chunk_state::too_large);
    CHECK(state_of("ffffffff\r\n") == chunk_state::too_large);
}

TEST_CASE("chunk extensions have a limit for the whole body", "[http]") {
    const auto with_extensions = [](std::size_t bytes) {
        const std::string half(bytes / 2, 'x');
        return "1;" + half + "\r\na\r\n1;" + half + "\r\nb\r\n0\r\n\r\n";
    };
    CHECK(state_of(with_extensions(chunk_reader::extension_bytes_max)) == chunk_state::whole);
    CHECK(state_of(with_extensions(chunk_reader::extension_bytes_max + 2)) == chunk_state::broken);
}

TEST_CASE("gzip is inflated up to the limit and not beyond", "[http]") {
    std::string text;
    for (const std::size_t size : {0U, 1U, 65'535U, 65'536U, 65'537U, 300'000U}) {
        CAPTURE(size);
        const std::string original(size, 'x');
        CHECK(unpack(gzip_text(original), size, text) == inflate_outcome::whole);
        CHECK(text == original);
        if (size > 0) CHECK(unpack(gzip_text(original), size - 1, text) == inflate_outcome::too_large);
    }
}

TEST_CASE("gzip of several members is one text", "[http]") {
    std::string text;
    CHECK(unpack(gzip_text("one ") + gzip_text("two"), 100, text) == inflate_outcome::whole);
    CHECK(text == "one two");
}

TEST_CASE("gzip that is cut off, damaged or followed by something else is broken", "[http]") {
    std::string text;
    const std::string whole = gzip_text("some text that is long enough");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK(unpack(whole.substr(0, size), 100, text) == inflate_outcome::broken);
    }
    std::string damaged = whole;
    damaged[damaged.size() - 6] ^= 1;
    CHECK(unpack(damaged, 100, text) == inflate_outcome::broken);
    CHECK(unpack(whole + "x", 100, text) == inflate_outcome::broken);
    CHECK(unpack("{}", 100, text) == inflate_outcome::broken);
}

TEST_CASE("what is inflated is claimed beside what was sent", "[http]") {
    const std::string bomb = gzip_text(std::string(8'000'000, '0'));
    byte_budget budget{1'000'000};
    {
        byte_claim claim{budget};
        REQUIRE(claim.grow_to(bomb.size()));
        std::string text;
        CHECK(inflate_gzip(bomb, 20'000'000, claim, text) == inflate_outcome::over_budget);
        CHECK(budget.used() <= 1'000'000);
    }
    CHECK(budget.used() == 0);
}

TEST_CASE("a claim beyond the budget changes nothing", "[http]") {
    byte_budget budget{100};
    byte_claim first{budget};
    byte_claim second{budget};
    CHECK(first.grow_to(60));
    CHECK(second.grow_to(40));
    CHECK_FALSE(second.grow_to(41));
    CHECK(second.bytes() == 40);
    CHECK(budget.used() == 100);
}
