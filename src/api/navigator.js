// navigator, as far as Workers have it. https://html.spec.whatwg.org/#the-navigator-object
const { ObjectFreeze } = primordials;
const { illegalConstructor, illegalInvocation, isObject, kInternal } = internal.load('webidl');

let isNavigator;
function check(v) {
  if (!isNavigator(v)) throw illegalInvocation();
}
const languages = ObjectFreeze(['en']);

class Navigator {
  #brand;
  static {
    isNavigator = (v) => isObject(v) && #brand in v;
  }
  constructor(token = undefined) {
    if (token !== kInternal) throw illegalConstructor();
  }
  // Libraries recognise a Workers runtime by this name.
  get userAgent() {
    check(this);
    return 'Cloudflare-Workers';
  }
  get hardwareConcurrency() {
    check(this);
    return 1;
  }
  get language() {
    check(this);
    return 'en';
  }
  get languages() {
    check(this);
    return languages;
  }
  // What every browser answers, for code that asks (NavigatorID).
  get appCodeName() {
    check(this);
    return 'Mozilla';
  }
  get appName() {
    check(this);
    return 'Netscape';
  }
  get appVersion() {
    check(this);
    return '5.0 (Cloudflare-Workers)';
  }
  get product() {
    check(this);
    return 'Gecko';
  }
  get onLine() {
    check(this);
    return true;
  }
  get platform() {
    check(this);
    return 'Linux';
  }
}
internal.shape(Navigator, 'Navigator');

return { Navigator, isNavigator, navigator: new Navigator(kInternal) };
