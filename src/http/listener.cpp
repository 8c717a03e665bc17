#include "http/listener.hpp"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "streamstats/base/thread.hpp"
#include "streamstats/telemetry/log.hpp"

namespace streamstats::http {
namespace {

// How long accepting rests when there is no room for another connection.
constexpr milliseconds rest{50};

// The second listener gets through to a server whose connections are all taken.
constexpr std::size_t connections_kept_for_pages = 32;

result<asio::ip::address> address_of(const std::string& host, const std::string& variable, asio::io_context& context) {
    error_code trouble;
    const auto address = asio::ip::make_address(host, trouble);
    if (!trouble) return address;
    asio::ip::basic_resolver<tcp, executor> resolver{context.get_executor()};
    const auto found = resolver.resolve(host, "", asio::ip::resolver_base::passive, trouble);
    if (!trouble && !found.empty()) return found.begin()->endpoint().address();
    return failure{"cannot find the address of " + variable + "=" + host + ": " + trouble.message(),
                   "set " + variable + " to an address of this machine, or to 0.0.0.0 for all of them"};
}

failure cannot_listen(const listening_place& where, const error_code& trouble) {
    const std::string host = where.variables + "_HOST";
    const std::string port = where.variables + "_PORT";
    failure why{"cannot listen on " + host + "=" + where.host + " " + port + "=" + std::to_string(where.port) + ": " +
                    trouble.message(),
                "set " + host + " to an address of this machine, or to 0.0.0.0 for all of them"};
    if (trouble == asio::error::address_in_use)
        why.hint = "another program, or another streamstatsd, listens there: end it, or choose another " + port;
    if (trouble == asio::error::access_denied)
        why.hint = "ports below 1024 need a privilege: choose a " + port + " above";
    return why;
}

}  // namespace

std::optional<failure> check_listening_host(const std::string& host, const std::string& variable) {
    asio::io_context context{1};
    const auto address = address_of(host, variable, context);
    if (address) return std::nullopt;
    return address.error();
}

listener::listener(site& place, std::vector<std::unique_ptr<worker>>& workers, listening_place where)
    : place_{place}, workers_{workers}, where_{std::move(where)} {}

listener::~listener() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
}

result<unsigned short> listener::open() {
    const auto address = address_of(where_.host, where_.variables + "_HOST", context_);
    if (!address) return address.error();
    const tcp::endpoint endpoint{address.value(), where_.port};
    error_code trouble;
    acceptor_.open(endpoint.protocol(), trouble);
    if (!trouble) acceptor_.set_option(tcp_acceptor::reuse_address{true}, trouble);
    if (!trouble) acceptor_.bind(endpoint, trouble);
    if (!trouble) acceptor_.listen(tcp_acceptor::max_listen_connections, trouble);
    if (trouble) return cannot_listen(where_, trouble);
    return acceptor_.local_endpoint().port();
}

void listener::start() {
    asio::co_spawn(context_, accept(), end_process_on);
    thread_ = std::thread{[this] {
        name_thread("accept");
        context_.run();
    }};
}

void listener::close() {
    asio::post(context_, [this] {
        error_code ignored;
        acceptor_.close(ignored);
    });
}

task<void> listener::accept() {
    const auto fewer = [](const auto& a, const auto& b) { return a->load() < b->load(); };
    while (acceptor_.is_open()) {
        if (is_full()) co_await wait_for_room();
        if (!acceptor_.is_open()) break;
        worker& home = **std::min_element(workers_.begin(), workers_.end(), fewer);
        tcp_socket peer = home.empty_socket();
        error_code trouble;
        co_await acceptor_.async_accept(peer, asio::redirect_error(use_task, trouble));
        if (!trouble) trouble = welcome(home, std::move(peer));
        if (trouble && acceptor_.is_open() && trouble != asio::error::connection_aborted) {
            place_.metrics.add(telemetry::counter::http_pauses_resources);
            telemetry::log(telemetry::log_level::warning, "cannot accept connections for now",
                           {{"reason", trouble.message()}});
            co_await pause();
        }
    }
}

bool listener::is_full() const {
    const std::size_t more = where_.leads_to == door::pages ? connections_kept_for_pages : 0;
    return place_.connections.open() >= place_.limits.connections_max + more;
}

task<void> listener::wait_for_room() {
    place_.metrics.add(telemetry::counter::http_pauses_connections);
    telemetry::log(telemetry::log_level::warning, "all connections that may be open are open, others wait",
                   {{"connections", std::to_string(place_.limits.connections_max)}});
    while (is_full() && acceptor_.is_open()) co_await pause();
}

// Counted before it can be answered, so that whoever has an answer finds itself counted.
error_code listener::welcome(worker& home, tcp_socket peer) {
    place_.metrics.add(telemetry::counter::connections);
    try {
        home.adopt(std::move(peer), where_.leads_to);
    } catch (const std::bad_alloc&) {
        return asio::error::no_memory;
    }
    return {};
}

task<void> listener::pause() {
    steady_timer timer{context_.get_executor()};
    timer.expires_after(rest);
    co_await timer.async_wait(use_task);
}

}  // namespace streamstats::http
