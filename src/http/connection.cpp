#include "http/connection.hpp"

#include <algorithm>
#include <boost/system/system_error.hpp>
#include <utility>

#include "http/header_gate.hpp"
#include "http/reply.hpp"
#include "http/webhook.hpp"
#include "http/worker.hpp"
#include "streamstats/telemetry/log.hpp"

namespace streamstats::http {
namespace {

// Of the smallest pieces of memory, which cost least.
constexpr std::size_t head_bytes_usual = 1'000;
// A refused body up to here is read and dropped, which costs both sides less than another connection.
constexpr std::size_t skipped_bytes_max = 1024UL * 1024;

}  // namespace

connection::connection(worker& home, tcp_socket peer, door entered)
    : home_{home},
      place_{home.place()},
      socket_{std::move(peer)},
      entered_{entered},
      bell_{socket_.get_executor(), home.box()} {
    place_.connections.enter();
    home_.count_in();
}

connection::~connection() {
    home_.count_out(*this);
    place_.connections.leave();
}

task<void> connection::run(std::shared_ptr<connection> self) {
    try {
        self->home_.add(*self);
        co_await self->serve();
    } catch (const boost::system::system_error&) {
        // The client is gone, or was cut off by check_deadline: there is nobody to answer.
    } catch (const std::exception& trouble) {
        telemetry::log(telemetry::log_level::error, "a connection was given up", {{"reason", trouble.what()}});
    }
}

task<void> connection::serve() {
    error_code ignored;
    socket_.set_option(tcp::no_delay{true}, ignored);
    socket_.non_blocking(true);
    while (co_await next_request()) {
        if (co_await handle_request()) continue;
        co_await linger();
        break;
    }
}

// Tries to read before it waits, also when the waiting is cut short by drain(): what a client has sent by then is
// answered. A body that has to wait, or is going to be refused, is better left in the kernel.
task<bool> connection::next_request() {
    if (buffer_.size() > 0) co_return true;
    while (true) {
        const bool crowded = home_.turns().crowded() || !place_.flight.may_begin(0);
        if (buffer_.capacity() == 0 && !crowded) buffer_ = home_.buffers().take();
        error_code trouble;
        buffer_.commit(socket_.read_some(buffer_.prepare(crowded ? head_bytes_usual : buffer_.capacity()), trouble));
        if (!trouble) co_return true;
        home_.buffers().give_back(buffer_);
        const bool nothing_yet = trouble == asio::error::would_block || trouble == asio::error::try_again;
        if (!nothing_yet || home_.draining()) co_return false;
        enter(phase::idle, place_.limits.idle_timeout);
        co_await socket_.async_wait(tcp_socket::wait_read, asio::redirect_error(use_task, trouble));
    }
}

// Answers one request. False: the connection has to be closed.
task<bool> connection::handle_request() {
    head_ = {};
    body_unread_ = true;  // until it is known that there is none, or it was read
    auto policy = home_.access();
    if (auto why = co_await read_head(policy != nullptr)) co_return co_await refuse(std::move(*why), {});

    const framing how{head_.http_1_1, head_.method == "HEAD", head_.keep_alive};
    body_unread_ = head_.has_body();
    const target asked = split_target(head_.target);
    if (head_.method == "OPTIONS") {
        auto methods = options_answer(entered_, asked.path);
        if (!methods) co_return co_await refuse(methods.error(), how);
        co_return co_await conclude(std::move(methods.value()), how);
    }
    const auto found = find_route(entered_, head_.method, asked.path);
    if (!found) co_return co_await refuse(found.error(), how);
    visit guest{*found.value(), asked, std::move(policy), {}};
    co_return co_await serve_visit(std::move(guest), how);
}

task<bool> connection::serve_visit(visit guest, framing how) {
    if (auto why = admit(guest)) co_return co_await refuse(std::move(*why), how);
    byte_claim claim{place_.flight};
    turnstile::seat seat{home_.turns()};
    if (guest.found.where == area::webhook && !seat.take(bytes_here())) {
        if (auto why = co_await wait_for_turn(seat)) co_return co_await refuse(std::move(*why), how);
    }
    if (!body_came_along(claim)) {
        if (auto why = co_await read_body(claim, seat)) {
            std::string{}.swap(chunks_);
            claim.release();
            seat.leave();
            co_return co_await refuse(std::move(*why), how);
        }
    }
    body_unread_ = false;

    answer reply;
    const auto let_go = [&] {
        drop_body();
        claim.release();
        seat.leave();
    };
    if (const auto why = admit_body(guest)) {
        reply = to_answer(*why);
    } else {
        if (guest.found.where != area::webhook) let_go();  // nobody reads it, and the answer may take long
        reply = co_await ask_route(guest, claim);
    }
    let_go();
    co_return co_await conclude(std::move(reply), how);
}

// One that is going to be sent again keeps its connection, lest everybody connects again.
task<bool> connection::refuse(refusal why, framing how) {
    const bool body_comes = !head_.chunked && (!head_.expects_continue || buffer_.size() > 0);
    const bool skips = why.retry_after && body_unread_ && body_comes && head_.length <= skipped_bytes_max;
    body_unread_ = body_unread_ && !skips;
    const bool goes_on = co_await conclude(to_answer(why), how);
    if (!skips) co_return goes_on;
    body_unread_ = !goes_on || !co_await skip_body();
    co_return !body_unread_;
}

// A request whose body was not read leaves bytes behind that are no request: the connection ends with it.
task<bool> connection::conclude(answer reply, framing how) {
    how.keep_alive = how.keep_alive && !body_unread_ && !home_.draining();
    if (how.http_1_1 && how.keep_alive && !how.without_body && is_brief(reply)) {
        const std::string left = send_brief(reply);
        if (!left.empty()) co_await asio::async_write(socket_, asio::buffer(left), use_task);
        co_return true;
    }
    if (reply.rest && !how.without_body) {
        how.keep_alive = false;
        co_await send_stream(std::move(reply), how);
        co_return false;
    }
    co_await send(std::move(reply), how);
    co_return how.keep_alive;
}

task<std::optional<refusal>> connection::read_head(bool with_credentials) {
    enter(phase::reading_head, place_.limits.header_timeout);
    late_ = false;
    head_search search{{place_.limits.header_bytes_max, place_.limits.target_bytes_max}};
    while (true) {
        if (const auto end = search.find_end(arrived())) {
            auto parsed = parse_head(arrived().substr(0, *end), with_credentials);
            buffer_.consume(*end);
            if (!parsed) co_return parsed.error();
            head_ = std::move(parsed.value());
            co_return std::nullopt;
        }
        if (search.refused()) co_return search.refused();
        if (!co_await fill(1)) co_return request_too_late();
    }
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

std::optional<refusal> connection::admit(visit& guest) {
    admitted_by_ = guest.policy;
    if (guest.policy) {
        const access_request asking{guest.found.where, head_.given, guest.asked.query, ip_address::parse(peer_text()),
                                    place_.now()};
        guest.entry = guest.policy->before_body(asking);
        if (guest.entry.denied) return deny(guest, *guest.entry.denied);
    }
    if (auto why = check_framing()) return why;
    if (guest.found.where == area::webhook) return not_now();
    return std::nullopt;
}

std::optional<refusal> connection::admit_body(const visit& guest) {
    if (!guest.entry.needs_body()) return std::nullopt;
    const auto why = guest.policy->with_body(guest.entry, head_.given, body_);
    if (!why) return std::nullopt;
    return deny(guest, *why);
}

refusal connection::deny(const visit& guest, denial why) {
    place_.metrics.add(counter_of(why));
    telemetry::log(
        telemetry::log_level::warning, "a request was not let in",
        {{"reason", std::string{name_of(why)}}, {"path", std::string{guest.found.path}}, {"peer", peer_text()}});
    return to_refusal(why, guest.found.where, *guest.policy);
}

std::optional<refusal> connection::check_framing() const {
    if (head_.length > place_.limits.body_bytes_max) return body_too_large(place_.limits.body_bytes_max);
    if (head_.coding == body_coding::unknown)
        return refused(415, "The body has an encoding that is not known here.", "Content-Encoding",
                       "must be gzip or identity, or be left out");
    if (head_.expects_other)
        return refused(417, "What the request expects is not known here.", "Expect", "must be 100-continue");
    return std::nullopt;
}

std::optional<refusal> connection::not_now() const {
    const auto why = place_.inside.refuses_now();
    if (!why) return std::nullopt;
    place_.metrics.add(telemetry::counter::http_refused_inside);
    return http::not_now(*why);
}

task<answer> connection::ask_route(const visit& guest, byte_claim& claim) {
    wait_for_inside();
    exchange asked{place_,
                   *this,
                   home_.bench(),
                   bell_,
                   claim,
                   guest.asked.path,
                   guest.asked.query,
                   body_,
                   head_.coding == body_coding::gzip,
                   {head_.if_none_match, head_.accept_encoding}};
    try {
        co_return co_await guest.found.handle(asked);
    } catch (const std::exception& trouble) {
        telemetry::log(telemetry::log_level::error, "a request failed",
                       {{"path", std::string{guest.found.path}}, {"reason", trouble.what()}});
    }
    co_return to_answer(refused(500, "This program failed to handle the request."));
}

task<void> connection::send(answer reply, framing how) {
    if (how.without_body) co_return co_await send_head(std::move(reply), how);
    enter(phase::writing, place_.limits.write_timeout, reply.body.size());
    place_.metrics.add(counter_of(reply.status));
    const auto message = make_reply(std::move(reply), how.http_1_1, how.keep_alive);
    co_await beast::http::async_write(socket_, message, use_task);
}

task<void> connection::send_head(answer reply, framing how) {
    enter(phase::writing, place_.limits.write_timeout);
    place_.metrics.add(counter_of(reply.status));
    auto message = make_reply(std::move(reply), how.http_1_1, how.keep_alive);
    const beast::http::response<beast::http::empty_body> head{std::move(message.base())};
    beast::http::response_serializer<beast::http::empty_body> lines{head};
    co_await beast::http::async_write_header(socket_, lines, use_task);
}

// Sends without waiting, as there is nearly always room in the socket; what it had no room for.
std::string connection::send_brief(const answer& reply) {
    enter(phase::writing, place_.limits.write_timeout, reply.body.size());
    place_.metrics.add(counter_of(reply.status));
    std::string text = brief_reply(reply);
    error_code trouble;
    const std::size_t sent = socket_.write_some(asio::buffer(text), trouble);
    if (trouble && trouble != asio::error::would_block) throw boost::system::system_error{trouble};
    return sent == text.size() ? std::string{} : text.substr(sent);
}

// A socket that is closed while unread bytes wait in it takes the answer with it: they are read and dropped first.
task<void> connection::linger() {
    error_code trouble;
    socket_.shutdown(tcp_socket::shutdown_send, trouble);
    if (!body_unread_ && buffer_.size() == 0) co_return;
    if (buffer_.capacity() == 0) buffer_ = home_.buffers().take();
    enter(phase::lingering, place_.limits.linger_timeout);
    while (!trouble) {
        buffer_.consume(buffer_.size());
        co_await socket_.async_read_some(buffer_.prepare(buffer_.capacity()), asio::redirect_error(use_task, trouble));
    }
}

void connection::check_deadline(steady_time now) {
    if (now < deadline_) return;
    note_timeout();
    deadline_ = steady_time::max();
    error_code ignored;
    late_ = phase_ == phase::reading_head || phase_ == phase::reading_body;
    if (late_) {
        socket_.cancel(ignored);
    } else {
        socket_.close(ignored);
    }
}

void connection::note_timeout() {
    using telemetry::counter;
    const auto dropped = [this](counter which, std::string doing) {
        place_.metrics.add(which);
        telemetry::log(telemetry::log_level::warning, "a connection was too slow and is dropped",
                       {{"phase", std::move(doing)}, {"peer", peer_text()}});
    };
    switch (phase_) {
        case phase::idle:
            return place_.metrics.add(counter::http_timeouts_idle);
        case phase::reading_head:
            return dropped(counter::http_timeouts_header, "header");
        case phase::reading_body:
            return dropped(counter::http_timeouts_body, "body");
        case phase::writing:
            return dropped(counter::http_timeouts_write, "write");
        case phase::handling:
        case phase::lingering:
            return;
    }
}

std::string connection::peer_text() const {
    error_code trouble;
    const auto peer = socket_.remote_endpoint(trouble);
    return trouble ? std::string{} : peer.address().to_string();
}

void connection::drain() {
    error_code ignored;
    if (phase_ == phase::idle) socket_.cancel(ignored);
    if (watch_) end_stream();
}

void connection::enter(phase next, milliseconds time, std::size_t bytes) {
    phase_ = next;
    deadline_ = std::chrono::steady_clock::now() + time + home_.time_for(bytes);
}

void connection::wait_for_inside() {
    phase_ = phase::handling;
    deadline_ = steady_time::max();
}

std::string_view connection::arrived() const {
    const auto data = buffer_.cdata();
    return {static_cast<const char*>(data.data()), data.size()};
}

}  // namespace streamstats::http
