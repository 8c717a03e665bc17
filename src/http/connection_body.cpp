// How a connection reads the body of a request, and what it does with one that it does not want.
#include <sys/socket.h>

#include <algorithm>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <utility>

#include "http/chunked.hpp"
#include "http/connection.hpp"
#include "http/webhook.hpp"
#include "http/worker.hpp"
#include "streamstats/telemetry/log.hpp"

namespace streamstats::http {
namespace {

constexpr unsigned reads_in_a_row_max = 8;  // of some hundred kilobytes each
// A refused body up to here is read and dropped, which costs both sides less than another connection.
constexpr std::size_t skipped_bytes_max = 1024UL * 1024;

refusal broken_chunks(std::string_view rule) {
    return refused(400, "The chunked body breaks a rule of HTTP.", "body", std::string{rule});
}

}  // namespace

bool connection::turn_came() {
    return route_->where != area::webhook || seat_.take(bytes_here());
}

// Whose turn does not come in time is refused: the client's next try, if it comes when it was told to, finds a shorter
// queue.
task<bool> connection::wait_for_turn() {
    wait_for_inside();
    const auto early = std::chrono::ceil<milliseconds>(again_at_ - std::chrono::steady_clock::now());
    const bool let_in = co_await seat_.wait_for(socket_.get_executor(), bytes_here(), early);
    if (let_in) co_return true;
    place_.metrics.add(telemetry::counter::http_refused_turn);
    telemetry::log(telemetry::log_level::warning, "batches wait too long for their turn, some are refused");
    refusal why = overloaded();
    again_at_ = std::chrono::steady_clock::now() + why.retry_after.value_or(seconds{0});
    co_return refuse(why);
}

// What has come of the body by now. What was only announced keeps nobody waiting.
std::size_t connection::bytes_here() const {
    if (buffer_.size() >= head_.length) return head_.length;
    error_code ignored;
    return std::min(head_.length, buffer_.size() + socket_.available(ignored));
}

bool connection::refuse_for_room() {
    place_.metrics.add(telemetry::counter::http_refused_bytes);
    telemetry::log(telemetry::log_level::warning, "too many bytes of request bodies at once, some are refused");
    return refuse(overloaded());
}

// The usual case, for which there is nothing to wait: all of it is here already. What stands against it is for
// read_body() to say.
bool connection::body_came_along() {
    const bool whole = head_.has_body() && !head_.chunked && buffer_.size() >= head_.length;
    if (!whole || !place_.flight.may_begin(head_.length) || !claim_.grow_to(head_.length)) return false;
    take_plain_body();
    return true;
}

task<bool> connection::read_body() {
    if (!head_.has_body()) {
        body_ = {};
        co_return true;
    }
    if (!place_.flight.may_begin(head_.length)) co_return refuse_for_room();
    if (head_.expects_continue && buffer_.size() == 0) {
        seat_.leave();
        co_await send_continue();
    }
    if (head_.chunked) co_return co_await read_chunked_body();
    co_return co_await read_plain_body();
}

// What has come is counted, not what was announced: a few senders that never send what they promise would keep
// everybody else out.
task<bool> connection::read_plain_body() {
    enter(phase::reading_body, place_.limits.body_timeout);
    const steady_time first_deadline = deadline_;
    while (true) {
        if (!claim_.grow_to(std::min(buffer_.size(), head_.length))) co_return refuse_for_room();
        if (buffer_.size() >= head_.length) break;
        if (!co_await fill_in_turn(head_.length - buffer_.size())) co_return refuse(request_too_late());
        deadline_ = first_deadline + home_.time_for(buffer_.size());
    }
    seat_.return_with(head_.length);
    take_plain_body();
    co_return true;
}

void connection::take_plain_body() {
    body_ = arrived().substr(0, head_.length);
    body_here_ = head_.length;
    place_.metrics.add(telemetry::counter::request_bytes, body_.size());
}

// May be called twice.
void connection::drop_body() {
    body_ = {};
    buffer_.consume(std::exchange(body_here_, 0));
    if (buffer_.size() == 0) {
        home_.buffers().give_back(buffer_);
    } else {
        buffer_pool::shrink(buffer_);
    }
    std::string{}.swap(chunks_);
}

task<bool> connection::read_chunked_body() {
    enter(phase::reading_body, place_.limits.body_timeout);
    const steady_time first_deadline = deadline_;
    chunks_.clear();
    chunk_reader reader{place_.limits.body_bytes_max};
    while (true) {
        if (!claim_.grow_to(chunks_.size() + buffer_.size())) co_return refuse_for_room();
        buffer_.consume(reader.take(arrived(), chunks_));
        if (reader.state() == chunk_state::whole) break;
        if (reader.state() == chunk_state::too_large) co_return refuse(body_too_large(place_.limits.body_bytes_max));
        if (reader.state() == chunk_state::broken) co_return refuse(broken_chunks(reader.rule()));
        if (!co_await fill_in_turn(1)) co_return refuse(request_too_late());
        deadline_ = first_deadline + home_.time_for(chunks_.size());
    }
    seat_.return_with(chunks_.size());
    body_ = chunks_;
    place_.metrics.add(telemetry::counter::request_bytes, body_.size());
    co_return true;
}

// Reads what is there, room for `wanted` bytes being made as they come. False: nothing is there yet.
bool connection::read_now(std::size_t wanted) {
    if (buffer_.capacity() < buffer_pool::buffer_bytes) home_.buffers().widen(buffer_);
    const std::size_t room = buffer_.capacity() - buffer_.size();
    const std::size_t growth = std::min(wanted, std::max(buffer_.size(), buffer_pool::buffer_bytes));
    error_code trouble;
    buffer_.commit(socket_.read_some(buffer_.prepare(std::max(room, growth)), trouble));
    if (!trouble) return true;
    if (trouble != asio::error::would_block && trouble != asio::error::try_again)
        throw boost::system::system_error{trouble};
    return false;
}

// Likewise, but waits until something is there. False: the deadline has passed.
task<bool> connection::fill(std::size_t wanted) {
    while (!read_now(wanted)) {
        error_code trouble;
        co_await socket_.async_wait(tcp_socket::wait_read, asio::redirect_error(use_task, trouble));
        if (late_) co_return false;
        if (trouble) throw boost::system::system_error{trouble};
    }
    co_return true;
}

// Reads as fill() does, and lets others go ahead while it waits, and now and then while it need not.
task<bool> connection::fill_in_turn(std::size_t wanted) {
    if (!read_now(wanted)) {
        seat_.leave();
        co_return co_await fill(wanted);
    }
    if (++reads_in_a_row_ % reads_in_a_row_max == 0) co_await asio::post(socket_.get_executor(), use_task);
    co_return !late_;
}

// One that is going to be sent again keeps its connection, lest everybody connects again.
bool connection::is_to_be_skipped() const {
    const bool body_comes = !head_.chunked && (!head_.expects_continue || buffer_.size() > 0);
    return reply_.retry_after && body_unread_ && body_comes && head_.length <= skipped_bytes_max;
}

// Drops what is left of the body where it is: the kernel does not copy what MSG_TRUNC asks for (tcp(7)). False: the
// deadline has passed.
task<bool> connection::skip_body() {
    late_ = false;
    enter(phase::reading_body, place_.limits.body_timeout, head_.length);
    const std::size_t here = std::min(head_.length, buffer_.size());
    buffer_.consume(here);
    for (std::size_t left = head_.length - here; left > 0;) {
        const auto dropped = ::recv(socket_.native_handle(), nullptr, left, MSG_TRUNC);
        if (dropped > 0) {
            left -= static_cast<std::size_t>(dropped);
            continue;
        }
        if (dropped == 0) throw boost::system::system_error{asio::error::eof};
        if (errno == EINTR) continue;
        if (errno != EAGAIN) throw boost::system::system_error{errno, boost::system::system_category()};
        error_code trouble;
        co_await socket_.async_wait(tcp_socket::wait_read, asio::redirect_error(use_task, trouble));
        if (late_) co_return false;
    }
    co_return true;
}

task<void> connection::send_continue() {
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    enter(phase::writing, place_.limits.write_timeout);
    co_await asio::async_write(socket_, asio::buffer(go_on.data(), go_on.size()), use_task);
}

}  // namespace streamstats::http
