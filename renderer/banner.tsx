/** The one thing to do, above the list; and what went wrong with the last thing asked for. */
import { Button } from 'react-aria-components';
import type { Banner } from './banner-words.js';
import { Icon } from './icons.js';

export function BannerBar({ banner }: { readonly banner: Banner }) {
  return (
    <aside className="banner" data-tone={banner.tone} aria-label="To do">
      <Icon name={banner.tone} />
      <p>
        <strong>{banner.title}</strong> {banner.text}
        {banner.quote !== undefined && (
          <>
            <br />
            <span className="quiet">{banner.quote.who} said</span> <q className="reply">{banner.quote.words}</q>
          </>
        )}
        {banner.command !== undefined && (
          <>
            {' '}
            <code>{banner.command}</code>
          </>
        )}
      </p>
    </aside>
  );
}

export function NoticeBar({ text, onClose }: { readonly text: string; readonly onClose: () => void }) {
  return (
    <div className="banner" data-tone="note" role="alert">
      <Icon name="note" />
      <p>{text}</p>
      <Button className="button icon-only" aria-label="Close" onPress={onClose}>
        <Icon name="clear" />
      </Button>
    </div>
  );
}
