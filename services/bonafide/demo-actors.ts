/** Who a made-up request claims to be; what a gateway would know of it. */
export interface DemoCaller {
  kind: 'app user' | 'office user' | 'credential stuffing' | 'scraper';
  address: string;
  userAgent: string;
  user: string;
  session: string;
  device: string;
}

export interface DemoRequest {
  caller: DemoCaller;
  method: 'GET' | 'POST';
  path: string;
  /** What the shop answers when it is asked. */
  status: number;
  bytes: number;
  /** Account name that a sign-in claims; empty elsewhere. */
  subject: string;
}

/** A caller with its own pace: what it asks next, and how long it waits before. */
export interface DemoActor {
  next(): { afterMs: number; request: DemoRequest };
}

const int = (from: number, to: number) => from + Math.floor(Math.random() * (to - from + 1));
const id = (length: number) => Array.from({ length }, () => 'abcdefghijkmnpqrstuvwxyz23456789'[int(0, 31)]).join('');

/** People's pauses: log-normal, with a median in milliseconds. */
function pause(medianMs: number, spread: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return Math.round(Math.min(20 * medianMs, Math.max(medianMs / 8, medianMs * Math.exp(spread * normal))));
}

const PRODUCTS = 400;
/** Few products are looked at by many, most by few (Zipf). */
const popular = () => Math.ceil(PRODUCTS ** Math.random());

const APPS = [
  'ShopApp/4.2.1 (Android 16; Pixel 9)',
  'ShopApp/4.2.1 (iOS 19.1; iPhone16,2)',
  'ShopApp/4.1.8 (Android 15; SM-S928B)',
];

/** A person with the genuine app: signs in, browses, sometimes buys, rests. */
export function appUser(index: number, address: string, kind: 'app user' | 'office user'): DemoActor {
  const name = `${kind === 'office user' ? 'office' : 'user'}-${index}`;
  const device = `install-${id(12)}`;
  const userAgent = APPS[index % APPS.length] ?? '';
  let plan: { method: 'GET' | 'POST'; path: string; status: number; bytes: number; subject: string }[] = [];
  let session = '';
  let begun = false;
  const favourites = Array.from({ length: 8 }, popular);
  /** People come back to what they liked. */
  const product = () => (Math.random() < 0.5 ? (favourites[int(0, favourites.length - 1)] ?? 1) : popular());

  function planSession(): void {
    session = `s-${id(16)}`;
    const get = (path: string, bytes: number) => ({ method: 'GET' as const, path, status: 200, bytes, subject: '' });
    const post = (path: string, status: number, subject = '') => ({
      method: 'POST' as const,
      path,
      status,
      bytes: 180,
      subject,
    });
    // Every fifteenth or so mistypes the password once.
    const typo = Math.random() < 0.07 ? [post('/v1/auth/login', 401, name)] : [];
    const browse = Array.from({ length: int(3, 9) }, () => get(`/v1/products/${product()}`, int(2_000, 9_000)));
    const buy = Math.random() < 0.3 ? [post('/v1/cart/items', 201), post('/v1/orders', 201)] : [];
    plan = [
      ...typo,
      post('/v1/auth/login', 200, name),
      get('/v1/home', 12_000),
      get('/v1/products', 24_000),
      ...browse,
      ...buy,
    ];
  }

  return {
    next() {
      // The first sessions begin spread over half a minute, as in a shop that has been open for hours.
      const afterMs = plan.length > 0 ? pause(3_000, 0.9) : begun ? pause(60_000, 0.9) : int(0, 25_000);
      begun = true;
      if (plan.length === 0) planSession();
      const step = plan.shift() ?? {
        method: 'GET' as const,
        path: '/v1/home',
        status: 200,
        bytes: 12_000,
        subject: '',
      };
      const user = step.path === '/v1/auth/login' && step.status === 401 ? '' : name;
      return { afterMs, request: { ...step, caller: { kind, address, userAgent, user, session, device } } };
    },
  };
}

/** Tries leaked passwords: another account each time, nearly all wrong. It has no app, so it has no token. */
export function stuffer(address: string): DemoActor {
  const caller: DemoCaller = {
    kind: 'credential stuffing',
    address,
    userAgent: 'okhttp/4.12.0',
    user: '',
    session: '',
    device: '',
  };
  return {
    next: () => ({
      afterMs: int(120, 320),
      request: {
        caller,
        method: 'POST',
        path: '/v1/auth/login',
        status: Math.random() < 0.004 ? 200 : 401,
        bytes: 90,
        subject: `${id(7)}@mail.example`,
      },
    }),
  };
}

/** Walks the catalogue from the first product to the last. */
export function scraper(address: string): DemoActor {
  const userAgent =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
  const caller: DemoCaller = { kind: 'scraper', address, userAgent, user: '', session: '', device: '' };
  let product = 0;
  return {
    next() {
      product++;
      const path = `/v1/products/${product}`;
      return {
        afterMs: int(20, 40),
        request: {
          caller,
          method: 'GET',
          path,
          status: product <= 600 ? 200 : 404,
          bytes: int(2_000, 9_000),
          subject: '',
        },
      };
    },
  };
}
