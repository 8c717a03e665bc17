// The floor under every HTTP server: reads requests, looks at nothing, answers each with the same few bytes. What a
// server costs above this one is its own doing.
//
//   null_server [threads]     prints the port that it listens on; ends with its input
//
// Connections go to the threads in turn and stay there, as those of the daemon do.
#include <cstdlib>
#include <deque>
#include <iostream>
#include <thread>

#include "http/asio.hpp"

namespace {

using namespace streamstats::http;

// Otherwise 512 bytes are read at a time.
constexpr std::size_t buffer_bytes = 256UL * 1024;
constexpr std::size_t body_bytes_expected = 64UL * 1024;
constexpr std::uint64_t body_bytes_max = 64UL * 1024 * 1024;

constexpr std::string_view answer_text =
    R"({"status":"ok","received":100,"accepted":100,"duplicate":0,"ignored":0,"rejected":0,"errors":[]})";

task<void> serve(tcp_socket peer) {
    namespace web = beast::http;
    beast::flat_buffer buffer;
    buffer.reserve(buffer_bytes);
    error_code trouble;
    auto token = asio::redirect_error(use_task, trouble);
    while (true) {
        web::request_parser<web::string_body> parser;
        parser.body_limit(body_bytes_max);
        parser.get().body().reserve(body_bytes_expected);
        co_await web::async_read(peer, buffer, parser, token);
        if (trouble) co_return;
        web::response<web::string_body> answer{web::status::ok, parser.get().version()};
        answer.set(web::field::content_type, "application/json");
        answer.keep_alive(parser.get().keep_alive());
        answer.body() = answer_text;
        answer.prepare_payload();
        co_await web::async_write(peer, answer, token);
        if (trouble || !answer.keep_alive()) co_return;
    }
}

task<void> accept(tcp_acceptor& door, std::deque<asio::io_context>& threads) {
    for (std::size_t next = 0;; ++next) {
        asio::io_context& home = threads[next % threads.size()];
        tcp_socket peer{home.get_executor()};
        co_await door.async_accept(peer, use_task);
        peer.set_option(tcp::no_delay{true});
        asio::co_spawn(home, serve(std::move(peer)), end_process_on);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const auto count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1;
    std::deque<asio::io_context> contexts;
    std::deque<std::thread> threads;
    for (std::size_t i = 0; i < std::max(count, 1UL); ++i) contexts.emplace_back(1);
    tcp_acceptor door{contexts.front().get_executor(), tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
    asio::co_spawn(contexts.front(), accept(door, contexts), end_process_on);
    std::cout << door.local_endpoint().port() << std::endl;
    for (asio::io_context& context : contexts) {
        threads.emplace_back([&context] {
            const auto stay = asio::make_work_guard(context);
            context.run();
        });
    }
    while (std::cin.get() != std::istream::traits_type::eof()) continue;
    std::_Exit(EXIT_SUCCESS);
}
