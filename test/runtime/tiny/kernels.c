/* The kernels of the tests' model, written by hand against the host ABI: a bigram model with a fading memory,
     s_t = s_{t-1} / 2 + W[x_t]      logits_t = s_t + b      s: [V]
   Token 254 makes its logits infinite and target 255 makes a gradient NaN, so that tests can see a run fail.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { V = 256, B = 2, T = 8, COLUMNS = 16, BLOCK = 4096 };

/* Both instruction sets are the same code here. */
#define KERNEL(name)                                                                                         \
  static void name(void *const *a, int64_t cell, void *scratch);                                             \
  void name##_avx2(void *const *a, int64_t cell, void *scratch) { name(a, cell, scratch); }                  \
  void name##_avx512(void *const *a, int64_t cell, void *scratch) { name(a, cell, scratch); }                \
  static void name(void *const *a, int64_t cell, void *scratch)

/* logits [V] of the next token; s moves on by one token. */
static void advance(const float *w, const float *b, int32_t token, float *s, float *logits) {
  for (int c = 0; c < V; ++c) {
    s[c] = s[c] / 2 + w[token * V + c];
    logits[c] = s[c] + b[c];
  }
  if (token == 254)
    logits[0] = INFINITY;
}

/* Returns the negative log likelihood of target, and leaves softmax(logits) - onehot(target) in logits. */
static float cross_entropy(float *logits, int32_t target) {
  if (target < 0) {
    memset(logits, 0, V * sizeof(float));
    return 0;
  }
  float most = logits[0], sum = 0, chosen = logits[target];
  for (int c = 1; c < V; ++c)
    most = fmaxf(most, logits[c]);
  for (int c = 0; c < V; ++c)
    sum += logits[c] = expf(logits[c] - most);
  for (int c = 0; c < V; ++c)
    logits[c] /= sum;
  logits[target] -= 1;
  return logf(sum) + most - chosen;
}

/* cell = row. W, b, tokens [B,T], targets [B,T] -> dlogits [B,T,V], losses [B,2] (sum, count). */
KERNEL(forward) {
  const float *w = a[0], *b = a[1];
  const int32_t *tokens = (const int32_t *)a[2] + cell * T, *targets = (const int32_t *)a[3] + cell * T;
  float *dlogits = (float *)a[4] + cell * T * V, *losses = (float *)a[5] + cell * 2, *s = scratch;
  memset(s, 0, V * sizeof(float));
  losses[0] = losses[1] = 0;
  for (int t = 0; t < T; ++t) {
    advance(w, b, tokens[t], s, dlogits + t * V);
    losses[0] += cross_entropy(dlogits + t * V, targets[t]);
    losses[1] += targets[t] >= 0;
  }
}

/* losses [B,2] -> loss, 1 / count. */
KERNEL(mean_loss) {
  (void)cell, (void)scratch;
  const float *losses = a[0];
  float sum = 0, count = 0;
  for (int row = 0; row < B; ++row)
    sum += losses[row * 2], count += losses[row * 2 + 1];
  *(float *)a[1] = sum / count;
  *(float *)a[2] = 1 / count;
}

/* cell = 16 columns. dlogits, tokens, targets, 1 / count -> dW += , db +=. */
KERNEL(backward) {
  (void)scratch;
  const float *dlogits = a[0], scale = *(const float *)a[3];
  const int32_t *tokens = a[1], *targets = a[2];
  float *dw = a[4], *db = a[5];
  for (int row = 0; row < B; ++row)
    for (int64_t c = cell * COLUMNS; c < (cell + 1) * COLUMNS; ++c) {
      float ds = 0;
      for (int i = row * T + T - 1; i >= row * T; --i) {
        float d = dlogits[i * V + c] * scale;
        ds = ds / 2 + d;
        dw[tokens[i] * V + c] += targets[i] == 255 ? NAN : ds;
        db[c] += d;
      }
    }
}

/* grads, hyper -> grad_norm, factor. */
KERNEL(grad_norm) {
  (void)cell, (void)scratch;
  const float *grads = a[0], *hyper = a[1];
  double sum = 0;
  for (int i = 0; i < V * V + V; ++i)
    sum += (double)grads[i] * grads[i];
  float norm = (float)sqrt(sum) * hyper[6], clip = hyper[5];
  *(float *)a[2] = norm;
  *(float *)a[3] = hyper[6] * (clip > 0 && norm > clip ? clip / norm : 1);
}

/* cell = BLOCK elements. params, grads, moment1, moment2, hyper, factor. */
KERNEL(adamw) {
  (void)scratch;
  float *p = a[0], *g = a[1], *m = a[2], *v = a[3];
  const float *hyper = a[4], factor = *(const float *)a[5];
  int64_t end = (cell + 1) * BLOCK < V * V + V ? (cell + 1) * BLOCK : V * V + V;
  for (int64_t i = cell * BLOCK; i < end; ++i) {
    float grad = g[i] * factor;
    m[i] = hyper[1] * m[i] + (1 - hyper[1]) * grad;
    v[i] = hyper[2] * v[i] + (1 - hyper[2]) * grad * grad;
    p[i] -= hyper[0] * (m[i] / hyper[7] / (sqrtf(v[i] / hyper[8]) + hyper[3]) + hyper[4] * p[i]);
    g[i] = 0;
  }
}

/* cell = row. W, b, tokens [B,C], s, position -> logits [B,C,V]. */
static void step(void *const *a, int64_t row, int64_t count) {
  const int32_t *tokens = (const int32_t *)a[2] + row * count;
  float *s = (float *)a[3] + row * V, *logits = (float *)a[5] + row * count * V;
  for (int64_t t = 0; t < count; ++t)
    advance(a[0], a[1], tokens[t], s, logits + t * V);
  ((int64_t *)a[4])[row] += count;
}
KERNEL(step1) {
  (void)scratch;
  step(a, cell, 1);
}
KERNEL(step4) {
  (void)scratch;
  step(a, cell, 4);
}

/* The same as step1, then tokens and drawn [B,1]: with temperature 0 the largest logit, otherwise what shows that
   the seed and the position are there; -1 after token 254. W, b, tokens, s, position, logits, sampling, seed, drawn. */
KERNEL(draw1) {
  (void)scratch;
  int32_t *token = (int32_t *)a[2] + cell, *drawn = (int32_t *)a[8] + cell;
  const float *logits = (const float *)a[5] + cell * V, *sampling = a[6];
  int64_t position = ((int64_t *)a[4])[cell];
  int isFinite = *token != 254;
  step(a, cell, 1);
  *token = 0;
  for (int c = 1; c < V; ++c)
    *token = logits[c] > logits[*token] ? c : *token;
  if (sampling[0] != 0)
    *token = (int32_t)((((const int32_t *)a[7])[0] + position) % 250);
  *drawn = isFinite ? *token : -1;
}

/* cell = row. W, b, tokens [B,4], s, position, targets -> losses [B,2]. */
KERNEL(score4) {
  const int32_t *tokens = (const int32_t *)a[2] + cell * 4, *targets = (const int32_t *)a[5] + cell * 4;
  float *s = (float *)a[3] + cell * V, *losses = (float *)a[6] + cell * 2;
  losses[0] = losses[1] = 0;
  for (int t = 0; t < 4; ++t) {
    advance(a[0], a[1], tokens[t], s, scratch);
    losses[0] += cross_entropy(scratch, targets[t]);
    losses[1] += targets[t] >= 0;
  }
  ((int64_t *)a[4])[cell] += 4;
}
