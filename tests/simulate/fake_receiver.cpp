#include "fake_receiver.hpp"

#include <boost/asio/detached.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

namespace streamstats::simulate {
namespace {

namespace http = beast::http;

std::string with_length(const std::string& status, const std::string& body) {
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string receipt_of(const std::string& body) {
    const std::size_t events = nlohmann::json::parse(body).size();
    return nlohmann::json{{"status", "ok"},
                          {"received", events},
                          {"accepted", events},
                          {"duplicate", 0},
                          {"ignored", 0},
                          {"rejected", 0},
                          {"errors", nlohmann::json::array()}}
        .dump();
}

std::string answer_of(conduct what, const std::string& body) {
    switch (what) {
        case conduct::take:
            return with_length("200 OK", receipt_of(body));
        case conduct::take_twice:
            return with_length("200 OK", receipt_of(body)) + with_length("200 OK", receipt_of(body));
        case conduct::take_silently:
            return with_length("200 OK", "");
        case conduct::busy:
            return with_length("503 Service Unavailable\r\nRetry-After: 0", "");
        case conduct::refuse:
            return with_length("401 Unauthorized", "");
        case conduct::take_and_vanish:
        case conduct::vanish:
            break;
    }
    return {};
}

bool takes(conduct what) {
    return what != conduct::vanish && what != conduct::busy && what != conduct::refuse;
}

}  // namespace

fake_receiver::fake_receiver(script what_to_do)
    : script_(std::move(what_to_do)), acceptor_(context_, {asio::ip::address_v4::loopback(), 0}) {
    asio::co_spawn(context_, listen(), asio::detached);
    thread_ = std::thread{[this] { context_.run(); }};
}

fake_receiver::~fake_receiver() {
    context_.stop();
    thread_.join();
}

std::string fake_receiver::url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/api/webhook?source=test";
}

std::vector<std::string> fake_receiver::taken() const {
    const std::lock_guard lock{mutex_};
    return taken_;
}

std::vector<std::string> fake_receiver::heads() const {
    const std::lock_guard lock{mutex_};
    return heads_;
}

conduct fake_receiver::note(const std::string& head, const std::string& body) {
    const std::lock_guard lock{mutex_};
    const conduct what = script_(heads_.size());
    heads_.push_back(head);
    if (takes(what)) taken_.push_back(body);
    return what;
}

task<void> fake_receiver::listen() {
    error_code error;
    while (true) {
        tcp::socket socket = co_await acceptor_.async_accept(waiting(error));
        if (error) co_return;
        asio::co_spawn(context_, serve(std::move(socket)), asio::detached);
    }
}

task<void> fake_receiver::serve(tcp::socket socket) {
    beast::flat_buffer buffer;
    error_code error;
    while (true) {
        http::request_parser<http::string_body> parser;
        parser.body_limit(64 * 1024 * 1024);
        co_await http::async_read(socket, buffer, parser, waiting(error));
        if (error) co_return;
        std::ostringstream head;
        head << parser.get().base();
        const conduct what = note(head.str(), parser.get().body());
        const std::string answer = answer_of(what, parser.get().body());
        if (answer.empty()) co_return;
        co_await asio::async_write(socket, asio::buffer(answer), waiting(error));
        if (error) co_return;
    }
}

}  // namespace streamstats::simulate
