#include "http/connection.hpp"

#include <algorithm>
#include <boost/system/system_error.hpp>
#include <new>
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
constexpr unsigned requests_in_a_row_max = 16;

}  // namespace

connection::connection(worker& home, tcp_socket peer, door entered)
    : home_{home},
      place_{home.place()},
      socket_{std::move(peer)},
      entered_{entered},
      bell_{socket_.get_executor(), home.box()},
      claim_{place_.flight},
      seat_{home.turns()} {
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
    arrival next = look_for_request();
    while (next != arrival::nothing_more) {
        if (next == arrival::nothing_yet) {
            enter(phase::idle, place_.limits.idle_timeout);
            // Also when the waiting is cut short by drain(), what a client has sent by then is answered.
            co_await socket_.async_wait(tcp_socket::wait_read, asio::redirect_error(use_task, ignored));
            next = look_for_request();
            continue;
        }
        const bool goes_on = co_await handle_request();
        if (!goes_on) {
            co_await linger();
            co_return;
        }
        // Whoever sends faster than it is answered would keep the thread to itself.
        if (++requests_in_a_row_ % requests_in_a_row_max == 0) {
            wait_for_inside();
            co_await asio::post(socket_.get_executor(), use_task);
        }
        next = look_after_answer();
    }
}

// A body that has to wait, or is going to be refused, is better left in the kernel.
connection::arrival connection::look_for_request() {
    if (buffer_.size() > 0) return arrival::something;
    const bool crowded = home_.turns().crowded() || !place_.flight.may_begin(0);
    if (buffer_.capacity() == 0 && !crowded) buffer_ = home_.buffers().take();
    error_code trouble;
    buffer_.commit(socket_.read_some(buffer_.prepare(crowded ? head_bytes_usual : buffer_.capacity()), trouble));
    if (!trouble) return arrival::something;
    home_.buffers().give_back(buffer_);
    const bool nothing_yet = trouble == asio::error::would_block || trouble == asio::error::try_again;
    return nothing_yet && !home_.draining() ? arrival::nothing_yet : arrival::nothing_more;
}

// Hardly any client sends the next request before it has this answer, so the attempt to read it is spared. When the
// server drains, what is not there now is not waited for.
connection::arrival connection::look_after_answer() {
    policy_.reset();  // its secrets, and those that were sent, are not kept for as long as nobody asks
    head_ = {};
    reply_ = {};
    if (buffer_.size() > 0 || home_.draining()) return look_for_request();
    home_.buffers().give_back(buffer_);
    return arrival::nothing_yet;
}

// Answers one request. False: the connection has to be closed.
task<bool> connection::handle_request() {
    begin_request();
    bool good = head_came_along();
    if (!good) good = co_await read_head();
    good = good && find_route() && admit();
    if (good && !turn_came()) good = co_await wait_for_turn();
    if (good && !body_came_along()) good = co_await read_body();
    body_unread_ = body_unread_ && !good;
    if (good && admit_body()) {
        if (route_->where != area::webhook) let_go();  // nobody reads it, and the answer may take long
        wait_for_inside();
        exchange asked = make_exchange();
        try {
            reply_ = co_await route_->handle(asked);
        } catch (const std::bad_alloc&) {
            telemetry::log(telemetry::log_level::error, "no memory for a request",
                           {{"path", std::string{route_->path}}});
            refuse(no_memory());
        } catch (const std::exception& trouble) {
            telemetry::log(telemetry::log_level::error, "a request failed",
                           {{"path", std::string{route_->path}}, {"reason", trouble.what()}});
            refuse(refused(500, "This program failed to handle the request."));
        }
    }
    let_go();

    const bool skips = is_to_be_skipped();
    body_unread_ = body_unread_ && !skips;
    bool goes_on = answered_at_once();
    if (!goes_on) goes_on = co_await conclude();
    if (!skips) co_return goes_on;
    if (goes_on) goes_on = co_await skip_body();
    body_unread_ = !goes_on;
    co_return goes_on;
}

void connection::begin_request() {
    policy_ = home_.access();
    late_ = false;
    body_unread_ = true;  // until it is known that there is none, or it was read
}

// The usual case: all of it is here already. What stands against it is for read_head() to say.
bool connection::head_came_along() {
    head_search search{{place_.limits.header_bytes_max, place_.limits.target_bytes_max}};
    const auto end = search.find_end(arrived());
    return end && take_head(*end);
}

task<bool> connection::read_head() {
    enter(phase::reading_head, place_.limits.header_timeout);
    head_search search{{place_.limits.header_bytes_max, place_.limits.target_bytes_max}};
    while (true) {
        if (const auto end = search.find_end(arrived())) co_return take_head(*end);
        if (search.refused()) co_return refuse(*search.refused());
        if (!co_await fill(1)) co_return refuse(request_too_late());
    }
}

bool connection::take_head(std::size_t bytes) {
    auto parsed = parse_head(arrived().substr(0, bytes), policy_ != nullptr);
    if (!parsed) return refuse(parsed.error());
    head_ = std::move(parsed.value());
    buffer_.consume(bytes);
    body_unread_ = head_.has_body();
    return true;
}

bool connection::find_route() {
    asked_ = split_target(head_.target);
    if (head_.method == "OPTIONS") {
        auto methods = options_answer(entered_, asked_.path);
        if (!methods) return refuse(methods.error());
        reply_ = std::move(methods.value());
        return false;
    }
    const auto found = http::find_route(entered_, head_.method, asked_.path);
    if (!found) return refuse(found.error());
    route_ = found.value();
    return true;
}

// Everything that can be said against a request before its body was read.
bool connection::admit() {
    entry_ = {};
    if (policy_) {
        const access_request asking{route_->where, *head_.given, asked_.query, ip_address::parse(peer_text()),
                                    place_.now()};
        entry_ = policy_->before_body(asking);
        if (entry_.denied) return deny(*entry_.denied);
    }
    return check_framing() && (route_->where != area::webhook || check_inside());
}

// Against its body, by whom it is signed.
bool connection::admit_body() {
    if (!entry_.needs_body()) return true;
    const auto why = policy_->with_body(entry_, *head_.given, body_);
    return !why || deny(*why);
}

bool connection::deny(denial why) {
    place_.metrics.add(counter_of(why));
    telemetry::log(telemetry::log_level::warning, "a request was not let in",
                   {{"reason", std::string{name_of(why)}}, {"path", std::string{route_->path}}, {"peer", peer_text()}});
    return refuse(to_refusal(why, route_->where, *policy_));
}

bool connection::check_framing() {
    if (head_.length > place_.limits.body_bytes_max) return refuse(body_too_large(place_.limits.body_bytes_max));
    if (head_.coding == body_coding::unknown)
        return refuse(refused(415, "The body has an encoding that is not known here.", "Content-Encoding",
                              "must be gzip or identity, or be left out"));
    if (head_.expects_other)
        return refuse(refused(417, "What the request expects is not known here.", "Expect", "must be 100-continue"));
    return true;
}

bool connection::check_inside() {
    const auto why = place_.inside.refuses_now();
    if (!why) return true;
    place_.metrics.add(telemetry::counter::http_refused_inside);
    return refuse(not_now(*why));
}

exchange connection::make_exchange() {
    return {place_,
            *this,
            home_.bench(),
            bell_,
            claim_,
            asked_.path,
            asked_.query,
            body_,
            head_.coding == body_coding::gzip,
            {head_.if_none_match, head_.accept_encoding}};
}

bool connection::refuse(const refusal& why) {
    reply_ = to_answer(why);
    return false;
}

// What a request holds of what all share. May be called twice.
void connection::let_go() {
    drop_body();
    claim_.release();
    seat_.leave();
}

// A request whose body was not read leaves bytes behind that are no request: the connection ends with it.
connection::framing connection::framing_of_answer() const {
    const bool keep_alive = head_.keep_alive && !body_unread_ && !home_.draining();
    return {head_.http_1_1, head_.method == "HEAD", keep_alive};
}

// Sends without waiting, as there is nearly always room in the socket. False: it is for conclude() to send the answer,
// or what there was no room for.
bool connection::answered_at_once() {
    const framing how = framing_of_answer();
    if (!how.http_1_1 || !how.keep_alive || how.without_body || !is_brief(reply_)) return false;
    place_.metrics.add(counter_of(reply_.status));
    std::string& text = home_.bench().brief;
    text.clear();
    append_brief(reply_, text);
    error_code trouble;
    const std::size_t sent = socket_.write_some(asio::buffer(text), trouble);
    if (trouble && trouble != asio::error::would_block) throw boost::system::system_error{trouble};
    unsent_ = text.substr(sent);
    return unsent_.empty();
}

task<bool> connection::conclude() {
    if (!unsent_.empty()) {
        enter(phase::writing, place_.limits.write_timeout, reply_.body.size());
        co_await asio::async_write(socket_, asio::buffer(unsent_), use_task);
        std::string{}.swap(unsent_);
        co_return true;
    }
    framing how = framing_of_answer();
    if (reply_.rest && !how.without_body) {
        how.keep_alive = false;
        co_await send_stream(std::move(reply_), how);
        co_return false;
    }
    co_await send(std::move(reply_), how);
    co_return how.keep_alive;
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
