#include "http/listener.hpp"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "streamstats/telemetry/log.hpp"

namespace streamstats::http {
namespace {

// How long accepting rests when there is no room for another connection.
constexpr milliseconds rest{50};

result<tcp::endpoint> endpoint_of(const settings& limits, asio::io_context& context) {
    error_code trouble;
    const auto address = asio::ip::make_address(limits.host, trouble);
    if (!trouble) return tcp::endpoint{address, limits.port};
    asio::ip::basic_resolver<tcp, executor> resolver{context.get_executor()};
    const auto found = resolver.resolve(limits.host, "", asio::ip::resolver_base::passive, trouble);
    if (!trouble && !found.empty()) return tcp::endpoint{found.begin()->endpoint().address(), limits.port};
    return failure{"cannot find the address of STREAM_HTTP_HOST=" + limits.host + ": " + trouble.message(),
                   "set STREAM_HTTP_HOST to an address of this machine, or to 0.0.0.0 for all of them"};
}

failure cannot_listen(const settings& limits, const error_code& trouble) {
    failure why{"cannot listen on STREAM_HTTP_HOST=" + limits.host +
                    " STREAM_HTTP_PORT=" + std::to_string(limits.port) + ": " + trouble.message(),
                "set STREAM_HTTP_HOST to an address of this machine, or to 0.0.0.0 for all of them"};
    if (trouble == asio::error::address_in_use)
        why.hint =
            "another program, or another streamstatsd, listens there: end it, or choose another STREAM_HTTP_PORT";
    if (trouble == asio::error::access_denied)
        why.hint = "ports below 1024 need a privilege: choose a STREAM_HTTP_PORT above";
    return why;
}

}  // namespace

listener::listener(site& place, std::vector<std::unique_ptr<worker>>& workers) : place_{place}, workers_{workers} {}

listener::~listener() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
}

result<unsigned short> listener::open() {
    const auto where = endpoint_of(place_.limits, context_);
    if (!where) return where.error();
    error_code trouble;
    acceptor_.open(where.value().protocol(), trouble);
    if (!trouble) acceptor_.set_option(tcp_acceptor::reuse_address{true}, trouble);
    if (!trouble) acceptor_.bind(where.value(), trouble);
    if (!trouble) acceptor_.listen(tcp_acceptor::max_listen_connections, trouble);
    if (trouble) return cannot_listen(place_.limits, trouble);
    return acceptor_.local_endpoint().port();
}

void listener::start() {
    asio::co_spawn(context_, accept(), end_process_on);
    thread_ = std::thread{[this] { context_.run(); }};
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
        if (place_.connections.open() >= place_.limits.connections_max) {
            co_await pause();
            continue;
        }
        worker& home = **std::min_element(workers_.begin(), workers_.end(), fewer);
        tcp_socket peer = home.empty_socket();
        error_code trouble;
        co_await acceptor_.async_accept(peer, asio::redirect_error(use_task, trouble));
        if (!trouble) trouble = welcome(home, std::move(peer));
        if (trouble && acceptor_.is_open() && trouble != asio::error::connection_aborted) {
            telemetry::log(telemetry::log_level::warning, "cannot accept connections for now",
                           {{"reason", trouble.message()}});
            co_await pause();
        }
    }
}

error_code listener::welcome(worker& home, tcp_socket peer) {
    try {
        home.adopt(std::move(peer));
    } catch (const std::bad_alloc&) {
        return asio::error::no_memory;
    }
    place_.metrics.add(telemetry::counter::connections);
    return {};
}

task<void> listener::pause() {
    steady_timer timer{context_.get_executor()};
    timer.expires_after(rest);
    co_await timer.async_wait(use_task);
}

}  // namespace streamstats::http
