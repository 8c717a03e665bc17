// Answers that go on: see stream.hpp.
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/detached.hpp>
#include <charconv>
#include <utility>

#include "http/connection.hpp"
#include "http/stream.hpp"
#include "http/worker.hpp"

namespace streamstats::http {
namespace {

constexpr std::string_view last_chunk = "0\r\n\r\n";

std::string as_chunk(const std::string& piece) {
    std::array<char, 2 * sizeof(std::size_t)> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), piece.size(), 16).ptr;
    std::string chunk{digits.data(), end};
    return chunk.append("\r\n").append(piece).append("\r\n");
}

}  // namespace

// Ends when the stream does, when access was changed (who comes again is judged anew), and when somebody ends it.
task<void> connection::send_stream(answer reply, framing how) {
    home_.buffers().give_back(buffer_);
    expect_acknowledgements();
    const auto rest = reply.rest;
    const auto watched = std::make_shared<watch>(socket_.get_executor());
    struct watching {
        connection& its;
        ~watching() {
            its.watch_->end();
            its.watch_.reset();
            error_code ignored;
            its.socket_.cancel(ignored);
        }
    } const until_the_end{*this};
    watch_ = watched;
    asio::co_spawn(socket_.get_executor(), notice_end(shared_from_this(), watched), asio::detached);
    co_await send_head(std::move(reply), how);
    while (!watched->ended && !home_.draining() && home_.access() == policy_) {
        wait_for_inside();
        std::string piece = co_await rest->next(bell_);
        if (piece.empty() || watched->ended) break;
        if (how.http_1_1) piece = as_chunk(piece);
        co_await write(piece, place_.limits.write_timeout);
        wait_for_inside();
        watched->pause.expires_at(rest->due());
        error_code cut_short;
        if (!watched->ended) co_await watched->pause.async_wait(asio::redirect_error(use_task, cut_short));
    }
    if (how.http_1_1) co_await write(last_chunk, place_.limits.linger_timeout);
}

// The pieces are small: what the network swallows, or a client leaves unread, would fit into the socket for minutes.
// The kernel ends a connection in which nothing moves for so long (tcp(7)).
void connection::expect_acknowledgements() {
    const auto longest = static_cast<unsigned>(place_.limits.write_timeout.count());
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &longest, sizeof longest);
}

task<void> connection::write(std::string_view bytes, milliseconds time) {
    enter(phase::writing, time, bytes.size());
    co_await asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()), use_task);
}

// A client that watches sends nothing more; what it sends all the same is dropped. So the end of its side is noticed
// when it comes, and not with the next piece.
task<void> connection::notice_end(std::shared_ptr<connection> self, std::shared_ptr<watch> watched) {
    std::array<char, 512> dropped{};
    error_code trouble;
    while (!trouble && !watched->ended)
        co_await self->socket_.async_read_some(asio::buffer(dropped), asio::redirect_error(use_task, trouble));
    watched->end();
}

void connection::end_stream() {
    watch_->end();
    deadline_ = std::min(deadline_, std::chrono::steady_clock::now() + place_.limits.linger_timeout);
}

}  // namespace streamstats::http
