#include "simulate/delivery.hpp"

#include <algorithm>
#include <array>
#include <exception>

namespace streamstats::simulate {
namespace {

namespace http = beast::http;

constexpr seconds answer_timeout{30};
constexpr milliseconds first_pause{100};
constexpr milliseconds longest_pause{5'000};
constexpr std::size_t answer_bytes_max = std::size_t{1024} * 1024;
constexpr std::size_t waiting_bytes_max = std::size_t{64} * 1024 * 1024;

// Answers of the 4xx sort that are about the moment, not about the request.
bool passes(unsigned status) {
    return status < 400 || status >= 500 || status == 408 || status == 425 || status == 429;
}

}  // namespace

struct delivery::connection {
    explicit connection(asio::io_context& context) : stream(context) {}

    void close() {
        beast::error_code ignored;
        stream.socket().close(ignored);
        buffer.clear();
        open = false;
        answers = 0;
    }
    // Something came that nobody asked for: what follows could be taken for the answer to another batch.
    bool out_of_step() {
        beast::error_code error;
        return buffer.size() != 0 || stream.socket().available(error) != 0 || error;
    }

    beast::tcp_stream stream;
    beast::flat_buffer buffer;
    http::response<http::string_body> answer;
    bool open = false;
    std::size_t answers = 0;         // read since it was opened
    milliseconds pause{};            // before the next attempt
    milliseconds wait{first_pause};  // grows as long as attempts fail
};

delivery::delivery(asio::io_context& context, settings how, std::function<void()> done)
    : context_(context),
      how_(std::move(how)),
      done_(std::move(done)),
      running_(how_.connections),
      arrival_(context, steady_time::max()),
      room_(context, steady_time::max()) {
    tally_.last_taken_at = std::chrono::steady_clock::now();
    for (std::size_t k = 0; k < how_.connections; ++k) {
        asio::co_spawn(context, run_connection(), [this](const std::exception_ptr& thrown) {
            if (thrown) std::rethrow_exception(thrown);  // out of the io_context's run()
            if (--running_ == 0) done_();
        });
    }
}

void delivery::post(mail batch) {
    events_left_ += batch.events;
    waiting_bytes_ += batch.body.size();
    waiting_.push_back(std::move(batch));
    arrival_.cancel_one();
}

void delivery::finish() {
    finished_ = true;
    arrival_.cancel();
}

bool delivery::has_room() const {
    return waiting_.size() < 4 * how_.connections + 16 && waiting_bytes_ < waiting_bytes_max;
}

task<void> delivery::wait_for_room() {
    error_code ignored;  // the timer only ever ends by being cancelled
    if (!has_room()) co_await room_.async_wait(waiting(ignored));
}

task<void> delivery::pause(milliseconds length) {
    error_code ignored;
    asio::steady_timer timer{context_, length};
    co_await timer.async_wait(waiting(ignored));
}

task<void> delivery::run_connection() {
    connection link{context_};
    error_code ignored;
    while (!tally_.refused) {
        if (waiting_.empty()) {
            if (finished_) break;
            co_await arrival_.async_wait(waiting(ignored));
            continue;
        }
        mail batch = std::move(waiting_.front());
        waiting_.pop_front();
        waiting_bytes_ -= batch.body.size();
        ++under_way_;
        if (has_room()) room_.cancel();
        co_await deliver(link, batch);
    }
}

task<void> delivery::deliver(connection& link, mail& batch) {
    while (!tally_.refused) {
        const verdict outcome = co_await attempt(link, batch);
        if (outcome == verdict::taken) {
            --under_way_;
            events_left_ -= batch.events;
            link.wait = first_pause;
            co_return;
        }
        if (outcome == verdict::refused) {
            tally_.refused = true;
            arrival_.cancel();
            room_.cancel();
            co_return;
        }
        if (link.pause.count() > 0) co_await pause(link.pause);
    }
}

task<delivery::verdict> delivery::attempt(connection& link, mail& batch) {
    ++tally_.attempts;
    if (link.open && link.out_of_step()) link.close();
    if (!link.open && !co_await connect(link)) co_return verdict::again;
    const std::string head = head_of(batch.body.size());
    const std::array<asio::const_buffer, 2> request{asio::buffer(head), asio::buffer(batch.body)};
    error_code error;
    link.stream.expires_after(answer_timeout);
    co_await asio::async_write(link.stream, request, waiting(error));
    if (error) {
        lost(link, "cannot send", error);
        co_return verdict::again;
    }
    if (batch.lose_answer) {
        batch.lose_answer = false;
        ++tally_.cut;
        link.close();
        link.pause = {};
        co_return verdict::again;
    }
    co_return co_await read_answer(link, batch);
}

task<bool> delivery::connect(connection& link) {
    error_code error;
    tcp::resolver resolver{context_};
    const auto addresses = co_await resolver.async_resolve(how_.url.host, how_.url.port, waiting(error));
    if (!error) {
        link.stream.expires_after(answer_timeout);
        co_await link.stream.async_connect(addresses, waiting(error));
    }
    if (error) {
        lost(link, "cannot connect to " + how_.url.authority, error);
        co_return false;
    }
    link.stream.socket().set_option(tcp::no_delay{true}, error);
    link.open = true;
    co_return true;
}

task<delivery::verdict> delivery::read_answer(connection& link, const mail& batch) {
    http::response_parser<http::string_body> parser;
    parser.body_limit(answer_bytes_max);
    error_code error;
    co_await http::async_read(link.stream, link.buffer, parser, waiting(error));
    if (error) {
        lost(link, "no answer", error);
        co_return verdict::again;
    }
    link.answer = parser.release();
    ++link.answers;
    const verdict outcome = judge(link, batch);
    if (!link.answer.keep_alive()) link.close();
    co_return outcome;
}

delivery::verdict delivery::judge(connection& link, const mail& batch) {
    const unsigned status = link.answer.result_int();
    if (status >= 200 && status < 300) return accept(link, batch);
    ++tally_.not_taken;
    const std::string_view reason{link.answer.reason().data(), link.answer.reason().size()};
    note_error("HTTP " + std::to_string(status) + " " + std::string{reason});
    // Later on it may be a proxy that restarts; at the very first it is a wrong address or a missing token.
    if (!passes(status) && tally_.batches == 0) return verdict::refused;
    link.pause = std::max<milliseconds>(link.wait, seconds{1});
    link.wait = std::min(link.wait * 2, longest_pause);
    const auto retry_after = link.answer[http::field::retry_after];
    if (!retry_after.empty())
        link.pause = std::max(first_pause, parse_retry_after({retry_after.data(), retry_after.size()}));
    return verdict::again;
}

delivery::verdict delivery::accept(connection& link, const mail& batch) {
    const auto told = parse_receipt(link.answer.body());
    const bool other_batch = told && told->received != batch.events;
    if (other_batch && link.answers > 1) {  // an answer to an earlier batch, twice: this one is still to come
        lost(link, "an answer to another batch", {});
        return verdict::again;
    }
    if (!told || other_batch) note_error("an answer that does not tell what became of the events");
    ++tally_.batches;
    tally_.events += batch.events;
    tally_.last_taken_at = std::chrono::steady_clock::now();
    if (!told) return verdict::taken;
    tally_.told.received += told->received;
    tally_.told.accepted += told->accepted;
    tally_.told.duplicate += told->duplicate;
    tally_.told.ignored += told->ignored;
    tally_.told.rejected += told->rejected;
    if (told->rejected != 0) note_error("rejected: " + told->first_error);
    return verdict::taken;
}

// A connection that was in use before may just have been idle for too long: a new one is tried at once.
void delivery::lost(connection& link, std::string_view doing, const error_code& error) {
    const bool was_idle = link.answers > 0;
    link.close();
    link.pause = was_idle ? milliseconds{0} : link.wait;
    if (!was_idle) link.wait = std::min(link.wait * 2, longest_pause);
    ++tally_.broken;
    note_error(std::string{doing} + (error ? ": " + error.message() : std::string{}));
}

void delivery::note_error(std::string text) {
    tally_.last_error = std::move(text);
    tally_.last_error_at = std::chrono::steady_clock::now();
}

std::string delivery::head_of(std::size_t body_bytes) const {
    std::string head = "POST " + how_.url.target + " HTTP/1.1\r\nHost: " + how_.url.authority +
                       "\r\nUser-Agent: streamstats-simulate\r\nContent-Type: application/json\r\nContent-Length: " +
                       std::to_string(body_bytes) + "\r\n";
    if (!how_.token.empty()) head += "Authorization: Bearer " + how_.token + "\r\n";
    return head + "\r\n";
}

}  // namespace streamstats::simulate
