// The C interface over recorded chains, and over tampered ones: `check VECTORS [ROUNDS]`.
//
// Ends with 0 if everything is as it should be. Under valgrind it shows that nothing leaks and nothing
// is touched that is not ours.

#include <pthread.h>
#include <stdio.h>

#include "hotshot_light_client.h"
#include "json.h"

#define CHECK(condition)                                                                  \
    do {                                                                                  \
        if (!(condition)) {                                                               \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);               \
            exit(1);                                                                      \
        }                                                                                 \
    } while (0)

static const char *vectors;

static HslcSlice slice(Text text) {
    return (HslcSlice){(const uint8_t *)text.data, text.length};
}

static HslcSlice words(const char *text) {
    return slice((Text){text, strlen(text)});
}

static const HslcSlice NOTHING = {NULL, 0};

static Text text_of(const HslcBuffer *buffer) {
    return (Text){(const char *)hslc_buffer_data(buffer), hslc_buffer_length(buffer)};
}

// Says why a call failed, if it should not have.
// The message comes by its place, because arguments are evaluated in any order.
static void expect(HslcStatus status, HslcStatus expected, HslcBuffer **place) {
    HslcBuffer *message = *place;
    if (status != expected) {
        Text text = text_of(message);
        fprintf(stderr, "status %u (%s) in place of %u: %.*s\n", status, hslc_status_code(status), expected,
                (int)text.length, text.data == NULL ? "" : text.data);
        exit(1);
    }
    // A message comes with a failure and with nothing else.
    CHECK((message != NULL) == (status != HSLC_OK));
    hslc_buffer_free(message);
}

static Text read_file(const char *folder, const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s/%s", vectors, folder, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    rewind(file);
    char *data = malloc((size_t)length);
    CHECK(fread(data, 1, (size_t)length, file) == (size_t)length);
    fclose(file);
    return (Text){data, (size_t)length};
}

typedef struct {
    Text network_text;
    Text blocks;
    HslcNetwork *network;
    HslcTables *tables;
} Chain;

static Chain open_chain(const char *name) {
    Chain chain = {.network_text = read_file(name, "stake_table.json"), .blocks = read_file(name, "blocks.jsonl")};
    HslcBuffer *message;
    expect(hslc_network_parse(slice(chain.network_text), &chain.network, &message), HSLC_OK, &message);
    expect(hslc_tables_admit(chain.network, &chain.tables, &message), HSLC_OK, &message);
    if (strcmp(name, "v4") == 0) {
        Text table = read_file(name, "stake_table_epoch3.json");
        HslcBuffer *members;
        expect(hslc_tables_insert(chain.tables, 3, slice(table), &members, &message), HSLC_OK, &message);
        CHECK(json_integer(text_of(members)) > 0);
        hslc_buffer_free(members);
        free((void *)table.data);
    }
    return chain;
}

static void close_chain(Chain chain) {
    hslc_tables_free(chain.tables);
    hslc_network_free(chain.network);
    free((void *)chain.blocks.data);
    free((void *)chain.network_text.data);
}

// The recorded block of a height.
static Text block_at(Chain chain, long long height) {
    Text rest = chain.blocks;
    while (rest.length > 0) {
        const char *end = memchr(rest.data, '\n', rest.length);
        Text line = {rest.data, end == NULL ? rest.length : (size_t)(end - rest.data)};
        Text leaf = json_member(json_member(line, "leaf"), "leaf");
        Text header = json_member(leaf, "block_header");
        Text fields = json_member(header, "fields");
        if (json_integer(json_member(fields.data == NULL ? header : fields, "height")) == height) return line;
        size_t used = line.length + (end != NULL);
        rest = (Text){rest.data + used, rest.length - used};
    }
    return (Text){NULL, 0};
}

static void statuses(void) {
    CHECK(hslc_abi_version() == HSLC_ABI_VERSION && strlen(hslc_version()) > 0);
    HslcStatus last = HSLC_OK;
    for (size_t index = 0; index < hslc_rejection_count(); index++) {
        HslcStatus status = hslc_rejection_at(index);
        CHECK(status > last && strlen(hslc_status_code(status)) <= 31 && strlen(hslc_status_summary(status)) > 0);
        last = status;
    }
    CHECK(hslc_rejection_at(hslc_rejection_count()) == HSLC_OK && hslc_status_code(59999) == NULL);
    CHECK(strcmp(hslc_status_code(HSLC_QC_SIGNATURE), "qc.signature") == 0);
}

// Nulls end no process.
static void nulls(void) {
    HslcBuffer *buffer, *message;
    HslcHeader *header;
    HslcNetwork *network;
    HslcTables *tables;
    HslcClient *client;
    HslcKey *key;
    expect(hslc_network_parse((HslcSlice){NULL, 3}, &network, &message), HSLC_NULL, &message);
    CHECK(network == NULL);
    CHECK(hslc_network_parse(words("{}"), NULL, NULL) == HSLC_NULL);
    expect(hslc_network_parse(NOTHING, &network, &message), HSLC_JSON_SYNTAX, &message);
    expect(hslc_network_identity(NULL, &buffer, &message), HSLC_NULL, &message);
    expect(hslc_tables_admit(NULL, &tables, &message), HSLC_NULL, &message);
    expect(hslc_tables_insert(NULL, 1, NOTHING, &buffer, &message), HSLC_NULL, &message);
    expect(hslc_checkpoint_read(NOTHING, NULL, &buffer, &message), HSLC_CHECKPOINT_FORM, &message);
    expect(hslc_certificate_verify(NULL, 1, 1, NOTHING, &buffer, &message), HSLC_NULL, &message);
    expect(hslc_leaf_proof_verify(NULL, NULL, NOTHING, NOTHING, 1, NOTHING, &header, &buffer, &message), HSLC_NULL, &message);
    CHECK(header == NULL && buffer == NULL);
    expect(hslc_recording_verify(NULL, NOTHING, NOTHING, &buffer, &message), HSLC_NULL, &message);
    expect(hslc_client_new(NULL, NOTHING, 0, NOTHING, NOTHING, &client, &message), HSLC_NULL, &message);
    expect(hslc_client_request(NULL, &buffer, &message), HSLC_NULL, &message);
    expect(hslc_client_respond(NULL, NOTHING, &buffer, &message), HSLC_NULL, &message);
    expect(hslc_client_missing(NULL, &buffer, &message), HSLC_NULL, &message);
    expect(hslc_client_step(NULL, 1, &buffer, &message), HSLC_NULL, &message);
    expect(hslc_client_checkpoint(NULL, &buffer, &message), HSLC_NULL, &message);
    expect(hslc_client_state(NULL, &buffer, &message), HSLC_NULL, &message);
    expect(hslc_client_tables(NULL, &tables, &message), HSLC_NULL, &message);
    expect(hslc_client_stored_tables(NULL, &buffer, &message), HSLC_NULL, &message);
    hslc_client_set_range(NULL, 7);
    hslc_client_set_time(NULL, 7);
    hslc_client_accept_expired_anchor(NULL);
    expect(hslc_header_trusted(words("{}"), words("x"), &header, &message), HSLC_TAGGED_BASE64_FORM, &message);
    expect(hslc_header_prove(NULL, 1, NOTHING, &header, &message), HSLC_NULL, &message);
    expect(hslc_header_read(NULL, &buffer, &message), HSLC_NULL, &message);
    expect(hslc_namespace_verify(NULL, NULL, 1, NOTHING, NULL, &buffer, &message), HSLC_NULL, &message);
    expect(hslc_transaction_commitment(1ull << 32, NOTHING, &buffer, &message), HSLC_LENGTH, &message);
    expect(hslc_key_new(words("no key"), NOTHING, true, &key, &message), HSLC_TRANSITION_KEY_HASH, &message);
    expect(hslc_key_new(words("no key"), words("short"), true, &key, &message), HSLC_LENGTH, &message);
    expect(hslc_state_certificate_verify(NULL, 1, 4, 200, NOTHING, &buffer, &message), HSLC_NULL, &message);
    expect(hslc_transitions_verify(NULL, NULL, 1, NOTHING, 1, 1, NOTHING, NOTHING, &buffer, &message), HSLC_NULL, &message);
    hslc_buffer_free(NULL);
    hslc_network_free(NULL);
    hslc_tables_free(NULL);
    hslc_client_free(NULL);
    hslc_header_free(NULL);
    hslc_key_free(NULL);
    CHECK(hslc_buffer_data(NULL) == NULL && hslc_buffer_length(NULL) == 0);
}

// The last line of a verdict.
static Text summary(Text verdict) {
    size_t end = verdict.length - 1, start = end;
    while (start > 0 && verdict.data[start - 1] != '\n') start--;
    return (Text){verdict.data + start, end - start};
}

static long long judge(Chain chain, Text blocks, HslcStatus *status) {
    HslcBuffer *verdicts, *message;
    *status = hslc_recording_verify(chain.tables, slice(blocks), NOTHING, &verdicts, &message);
    CHECK((verdicts == NULL) == (*status != HSLC_OK) && (message == NULL) == (*status == HSLC_OK));
    long long final = verdicts == NULL ? 0 : json_integer(json_member(summary(text_of(verdicts)), "final"));
    hslc_buffer_free(verdicts);
    hslc_buffer_free(message);
    return final;
}

static void recording(const char *name, long long expected) {
    Chain chain = open_chain(name);
    HslcStatus status;
    CHECK(judge(chain, chain.blocks, &status) == expected && status == HSLC_OK);
    close_chain(chain);
}

// A recording with bytes changed or cut off proves no more than the honest one, and ends no process.
static void tampered(const char *name, long long honest, size_t rounds) {
    Chain chain = open_chain(name);
    char *copy = malloc(chain.blocks.length);
    for (size_t round = 0; round < rounds; round++) {
        memcpy(copy, chain.blocks.data, chain.blocks.length);
        size_t place = (round * 2654435761u) % chain.blocks.length;
        size_t length = round % 4 == 3 ? place : chain.blocks.length;
        copy[place] ^= (char)(1 << round % 7);
        HslcStatus status;
        CHECK(judge(chain, (Text){copy, length}, &status) <= honest);
        CHECK(hslc_status_code(status) != NULL && status < HSLC_NULL);
    }
    free(copy);
    close_chain(chain);
}

// A proof of block 8 of the v4 recording by the certificates on blocks 8 and 9.
static void leaf_proofs(void) {
    Chain chain = open_chain("v4");
    Text eight = json_member(json_member(block_at(chain, 8), "leaf"), "leaf");
    Text nine = json_member(json_member(block_at(chain, 9), "leaf"), "leaf");
    Text ten = json_member(json_member(block_at(chain, 10), "leaf"), "leaf");
    Text qc[2] = {json_member(nine, "justify_qc"), json_member(ten, "justify_qc")};
    Text twin[2] = {json_member(nine, "next_epoch_justify_qc"), json_member(ten, "next_epoch_justify_qc")};
    size_t size = eight.length + qc[0].length + qc[1].length + twin[0].length + twin[1].length + 1000;
    char *proof = malloc(size), *descendants = malloc(nine.length + 3);
    int length = snprintf(proof, size,
        "{\"leaves\":[%.*s],\"proof\":{\"HotStuff2\":{\"committing_qc\":{\"qc\":%.*s,\"next_epoch_qc\":%.*s},"
        "\"deciding_qc\":{\"qc\":%.*s,\"next_epoch_qc\":%.*s}}}}",
        (int)eight.length, eight.data, (int)qc[0].length, qc[0].data, (int)twin[0].length, twin[0].data,
        (int)qc[1].length, qc[1].data, (int)twin[1].length, twin[1].data);
    Text whole = {proof, (size_t)length};
    Text after = {descendants, (size_t)snprintf(descendants, nine.length + 3, "[%.*s]", (int)nine.length, nine.data)};

    HslcHeader *header;
    HslcBuffer *result, *message;
    HslcStatus status = hslc_leaf_proof_verify(chain.network, chain.tables, slice(whole), slice(after), 8,
                                               words("0123456789abcdef0123456789abcdef"), &header, &result, &message);
    expect(status, HSLC_OK, &message);
    Text leaf = json_item(json_member(text_of(result), "leaves"), 0);
    CHECK(json_integer(json_member(leaf, "height")) == 8);
    CHECK(json_integer(json_member(json_member(text_of(result), "quorum"), "validators")) == 5);
    hslc_buffer_free(result);

    // The proven header: what it says, and what is not in it.
    expect(hslc_header_read(header, &result, &message), HSLC_OK, &message);
    CHECK(json_integer(json_member(text_of(result), "height")) == 8);
    Text hash = json_member(text_of(result), "hash");
    CHECK(hash.length == json_member(block_at(chain, 8), "hash").length);
    HslcBuffer *content, *payload;
    expect(hslc_namespace_verify(header, chain.tables, 4242, words("{\"proof\":null,\"transactions\":[]}"), &payload,
                                 &content, &message), HSLC_OK, &message);
    CHECK(json_is(json_member(text_of(content), "present"), "false") && hslc_buffer_length(payload) == 0);
    hslc_buffer_free(content);
    hslc_buffer_free(payload);
    // The same header by its hash alone, and not by another hash.
    HslcHeader *trusted;
    Text served = json_member(eight, "block_header");
    Text bare = {hash.data + 1, hash.length - 2};
    expect(hslc_header_trusted(slice(served), slice(bare), &trusted, &message), HSLC_OK, &message);
    hslc_header_free(trusted);
    Text other = json_member(block_at(chain, 9), "hash");
    other = (Text){other.data + 1, other.length - 2};
    expect(hslc_header_trusted(slice(served), slice(other), &trusted, &message), HSLC_HEADER_HASH, &message);
    hslc_buffer_free(result);
    hslc_header_free(header);

    expect(hslc_leaf_proof_verify(chain.network, chain.tables, slice(whole), slice(after), 9, NOTHING, NULL, &result,
                                  &message), HSLC_HEADER_HEIGHT, &message);
    expect(hslc_leaf_proof_verify(chain.network, chain.tables, slice(whole), NOTHING, HSLC_ANY_HEIGHT, NOTHING, NULL,
                                  &result, &message), HSLC_FINALITY_CHILD_MISSING, &message);
    // A certificate by itself.
    expect(hslc_certificate_verify(chain.tables, 1, HSLC_QUORUM_CERTIFICATE, slice(qc[0]), &result, &message), HSLC_OK, &message);
    hslc_buffer_free(result);
    expect(hslc_certificate_verify(chain.tables, 1, 99, slice(qc[0]), &result, &message), HSLC_ARGUMENT, &message);
    expect(hslc_certificate_verify(chain.tables, 1, HSLC_CERTIFICATE2, slice(qc[0]), &result, &message),
           HSLC_QC_VOTE_COMMITMENT, &message);
    free(proof);
    free(descendants);
    close_chain(chain);
}

static void state_certificates(void) {
    Chain chain = open_chain("v4");
    Text certificates = read_file("v4", "state-certs.json");
    for (size_t index = 0; json_item(certificates, index).data != NULL; index++) {
        Text pair = json_item(certificates, index), certificate = json_item(pair, 1);
        uint64_t epoch = (uint64_t)json_integer(json_item(pair, 0));
        size_t capacity = (size_t)json_integer(json_member(chain.network_text, "stake_table_capacity"));
        HslcBuffer *certified, *message;
        expect(hslc_state_certificate_verify(chain.tables, epoch, 4, capacity, slice(certificate), &certified, &message),
               HSLC_OK, &message);
        CHECK(json_integer(json_member(text_of(certified), "height")) == (long long)(10 * epoch - 5));
        hslc_buffer_free(certified);
        expect(hslc_state_certificate_verify(chain.tables, epoch + 1, 4, capacity, slice(certificate), &certified,
                                             &message), HSLC_STATE_EPOCH, &message);
        expect(hslc_state_certificate_verify(chain.tables, epoch, 3, capacity, slice(certificate), &certified,
                                             &message), HSLC_STATE_AUTH_ROOT, &message);
    }
    free((void *)certificates.data);
    close_chain(chain);
}

// What a query service answers, from the recorded blocks 8 to 12; its caller frees it.
static char *answer(Chain chain, Text path) {
    char *body = NULL;
    unsigned long long from, until;
    char copy[200];
    CHECK(path.length < sizeof copy);
    memcpy(copy, path.data, path.length);
    copy[path.length] = 0;
    if (strcmp(copy, "/v1/node/block-height") == 0) {
        body = malloc(3);
        strcpy(body, "13");
    } else if (sscanf(copy, "/v1/availability/leaf/%llu/%llu", &from, &until) == 2) {
        body = malloc(chain.blocks.length + 2);
        size_t length = 0;
        for (unsigned long long height = from; height < until; height++) {
            Text leaf = json_member(block_at(chain, (long long)height), "leaf");
            if (leaf.data == NULL) {
                free(body);
                return NULL;
            }
            body[length++] = height == from ? '[' : ',';
            memcpy(body + length, leaf.data, leaf.length);
            length += leaf.length;
        }
        strcpy(body + length, "]");
    }
    return body;
}

// Follows until there is nothing new; the number of final blocks, or -1 at a rejection.
static long long follow(Chain chain, HslcClient *client, bool lying, long long *last) {
    long long finalized = 0;
    for (int turn = 0; turn < 200; turn++) {
        HslcBuffer *path, *state, *message;
        expect(hslc_client_request(client, &path, &message), HSLC_OK, &message);
        HslcStatus status;
        if (path == NULL) {
            status = hslc_client_step(client, 4, &state, &message);
        } else {
            char *body = answer(chain, text_of(path));
            if (body != NULL && lying && strlen(body) > 10) body[strlen(body) / 2] ^= 1;
            status = body == NULL ? hslc_client_missing(client, &state, &message)
                                  : hslc_client_respond(client, words(body), &state, &message);
            free(body);
        }
        hslc_buffer_free(path);
        hslc_buffer_free(message);
        if (status != HSLC_OK) {
            CHECK(state == NULL && status < HSLC_NULL);
            return -1;
        }
        Text kind = json_member(text_of(state), "state");
        bool idle = json_is(kind, "\"idle\"");
        Text blocks = json_member(text_of(state), "blocks");
        for (size_t index = 0; blocks.data != NULL && json_item(blocks, index).data != NULL; index++) {
            *last = json_integer(json_member(json_item(blocks, index), "height"));
            finalized++;
        }
        hslc_buffer_free(state);
        if (idle) return finalized;
    }
    CHECK(!"the client comes to rest");
    return 0;
}

static void client(void) {
    Chain chain = open_chain("v4");
    HslcClient *client;
    HslcBuffer *message, *checkpoint, *state;
    expect(hslc_client_new(chain.network, NOTHING, 8, NOTHING, NOTHING, &client, &message), HSLC_OK, &message);
    expect(hslc_client_checkpoint(client, &checkpoint, &message), HSLC_OK, &message);
    CHECK(checkpoint == NULL);
    hslc_client_set_range(client, 3);
    long long last = 0;
    CHECK(follow(chain, client, true, &last) == -1 && last == 0);
    CHECK(follow(chain, client, false, &last) == 4 && last == 11);
    expect(hslc_client_state(client, &state, &message), HSLC_OK, &message);
    CHECK(json_integer(json_member(json_member(text_of(state), "checkpoint"), "height")) == 11);
    CHECK(json_is(json_member(text_of(state), "upgrade"), "null"));
    hslc_buffer_free(state);
    expect(hslc_client_stored_tables(client, &state, &message), HSLC_OK, &message);
    CHECK(state == NULL);
    HslcTables *tables;
    expect(hslc_client_tables(client, &tables, &message), HSLC_OK, &message);
    CHECK(tables != NULL);
    hslc_tables_free(tables);

    expect(hslc_client_checkpoint(client, &checkpoint, &message), HSLC_OK, &message);
    HslcBuffer *described;
    expect(hslc_checkpoint_read(slice(text_of(checkpoint)), chain.network, &described, &message), HSLC_OK, &message);
    CHECK(json_integer(json_member(text_of(described), "height")) == 11);
    Text text = json_member(text_of(described), "text");
    HslcClient *again;
    Text bare = {text.data + 1, text.length - 2};
    expect(hslc_client_new(chain.network, slice(bare), 0, NOTHING, NOTHING, &again, &message), HSLC_OK, &message);
    CHECK(follow(chain, again, false, &last) == 0);
    hslc_client_free(again);
    hslc_buffer_free(described);
    Chain another = open_chain("v2-v3");
    HslcStatus status = hslc_client_new(another.network, slice(text_of(checkpoint)), 0, NOTHING, NOTHING, &again, &message);
    expect(status, HSLC_CHECKPOINT_NETWORK, &message);
    close_chain(another);
    hslc_buffer_free(checkpoint);
    hslc_client_free(client);
    close_chain(chain);
}

typedef struct {
    Chain chain;
    HslcClient *client;
} Shared;

static void *work(void *argument) {
    Shared *shared = argument;
    HslcStatus status;
    CHECK(judge(shared->chain, shared->chain.blocks, &status) == 7 && status == HSLC_OK);
    for (int turn = 0; turn < 50; turn++) {
        HslcBuffer *state, *message;
        status = hslc_client_step(shared->client, 1, &state, &message);
        hslc_buffer_free(state);
        expect(status, HSLC_OK, &message);
    }
    return NULL;
}

// Handles are used by several threads at once.
static void threads(void) {
    Shared shared = {.chain = open_chain("v3")};
    HslcBuffer *message;
    expect(hslc_client_new(shared.chain.network, NOTHING, 0, NOTHING, NOTHING, &shared.client, &message), HSLC_OK, &message);
    pthread_t running[4];
    for (int index = 0; index < 4; index++) CHECK(pthread_create(&running[index], NULL, work, &shared) == 0);
    for (int index = 0; index < 4; index++) CHECK(pthread_join(running[index], NULL) == 0);
    hslc_client_free(shared.client);
    close_chain(shared.chain);
}

int main(int count, char **arguments) {
    CHECK(count >= 2);
    vectors = arguments[1];
    size_t rounds = count > 2 ? (size_t)atoi(arguments[2]) : 40;
    statuses();
    nulls();
    recording("v2-v3", 11);
    recording("v3", 7);
    recording("v4", 16);
    tampered("v3", 7, rounds);
    leaf_proofs();
    state_certificates();
    client();
    threads();
    puts("the C interface is as it should be");
    return 0;
}
